from collections.abc import Mapping, Sequence
from datetime import datetime
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TypedDict, final, overload

from typing_extensions import NotRequired, Self

__all__ = [
    "ERROR_KINDS",
    "Agent",
    "Chat",
    "Desk",
    "Message",
    "Response",
    "State",
    "Stop",
    "Store",
    "Web",
    "__version__",
    "open",
]

_Sender = Literal["visitor", "agent", "system"]
_ChatState = Literal["waiting", "open", "closed"]
_Reason = Literal["finished", "cancelled", "abandoned", "missed"]
_Availability = Literal["online", "away", "offline"]
_Rate = tuple[int, float]

__version__: str
ERROR_KINDS: list[str]

def open(
    path: str | PathLike[str],
    *,
    durability: Literal["full", "normal"] = "full",
    busy_timeout: float = 5.0,
    create: bool = True,
) -> Store: ...

@final
class Store:
    @property
    def path(self) -> Path: ...
    @property
    def closed(self) -> bool: ...
    def start(
        self,
        name: str | None = None,
        *,
        text: str | None = None,
        email: str | None = None,
        page: str | None = None,
        locale: str | None = None,
        fields: Mapping[str, Any] | None = None,
        key: str | None = None,
        address: str | None = None,
    ) -> Chat: ...
    def chat(self, token: str) -> Chat: ...
    def availability(self) -> _Availability: ...
    def leave(
        self,
        name: str | None,
        email: str,
        text: str,
        *,
        page: str | None = None,
        key: str | None = None,
        address: str | None = None,
    ) -> int: ...
    def snippet(self, base: str = "/seshat", **settings: str) -> str: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, *_exc: type[BaseException] | BaseException | TracebackType | None
    ) -> None: ...

@final
class Chat:
    @property
    def id(self) -> int: ...
    @property
    def token(self) -> str: ...
    @property
    def new(self) -> bool: ...
    def send(self, text: str, key: str | None = None) -> Message: ...
    @overload
    def poll(
        self,
        after: int = 0,
        wait: float = 0.0,
        *,
        rev: None = None,
        limit: int = 0,
        stop: Stop | None = None,
    ) -> State: ...
    @overload
    def poll(
        self,
        after: int = 0,
        wait: float = 0.0,
        *,
        rev: int,
        limit: int = 0,
        stop: Stop | None = None,
    ) -> State | None: ...
    def typing(self, typing: bool = True) -> None: ...
    def read(self, seq: int) -> None: ...
    def finish(self) -> None: ...
    def rate(self, rating: int) -> None: ...

@final
class Stop:
    def __new__(cls) -> Self: ...
    def set(self) -> None: ...
    @property
    def is_set(self) -> bool: ...

@final
class Message:
    @property
    def seq(self) -> int: ...
    @property
    def sender(self) -> _Sender: ...
    @property
    def name(self) -> str | None: ...
    @property
    def text(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def key(self) -> str | None: ...
    @property
    def code(self) -> str | None: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Agent:
    @property
    def name(self) -> str: ...
    @property
    def typing(self) -> bool: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class State:
    @property
    def rev(self) -> int: ...
    @property
    def id(self) -> int: ...
    @property
    def state(self) -> _ChatState: ...
    @property
    def reason(self) -> _Reason | None: ...
    @property
    def position(self) -> int | None: ...
    @property
    def agent(self) -> Agent | None: ...
    @property
    def read(self) -> int: ...
    @property
    def rating(self) -> int: ...
    @property
    def last_seq(self) -> int: ...
    @property
    def availability(self) -> _Availability: ...
    @property
    def messages(self) -> tuple[Message, ...]: ...

@final
class Web:
    def __new__(
        cls,
        store: Store,
        *,
        base: str = "/seshat",
        cookie: str = "seshat",
        max_wait: float = 0.0,
        poll_interval: float = 2.0,
        message_rate: _Rate | None = (10, 10.0),
        start_rate: _Rate | None = (5, 600.0),
        max_text_chars: int = 4000,
        max_body: int = 131072,
        allowed_origins: Sequence[str] = (),
    ) -> Self: ...
    @property
    def base(self) -> str: ...
    @property
    def max_body(self) -> int: ...
    def handle(
        self,
        method: str,
        path: str,
        query: str = "",
        headers: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        *,
        client_ip: str | None = None,
        https: bool = False,
        user: tuple[str, str | None] | None = None,
        base: str | None = None,
        stop: Stop | None = None,
    ) -> Response: ...
    def snippet(self, base: str | None = None, **settings: str) -> str: ...

@final
class Response:
    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> list[tuple[str, str]]: ...
    @property
    def body(self) -> bytes: ...
    @property
    def fault(self) -> str | None: ...

class _Outgoing(TypedDict):
    id: tuple[int, int, str]
    chat: int
    to: str
    attempt: int
    kind: Literal["offer", "line", "closed", "left"]
    visitor: str
    text: NotRequired[str]
    email: NotRequired[str]

# The agents' side, for Seshat's own tests and benchmarks. Not for use: it may change at any time.
@final
class Desk:
    def __new__(cls, store: Store) -> Self: ...
    def set_agents(self, agents: Sequence[tuple[str, str]]) -> list[int]: ...
    def presence(
        self,
        agent: str,
        resource: str = ...,
        show: Literal["available", "away"] | None = ...,
    ) -> None: ...
    def forget_presence(self) -> None: ...
    def beat(self, connected: bool = True) -> None: ...
    def accept(self, agent: str, chat: int, limit: int = ...) -> str: ...
    def cancel(self, agent: str, chat: int) -> str: ...
    def finish(self, agent: str, chat: int | None = None) -> str: ...
    def choose(self, agent: str, chat: int) -> str: ...
    def say(self, agent: str, text: str, chat: int | None = None) -> str: ...
    def typing(self, agent: str, typing: bool = True) -> None: ...
    def requeue(self, chat: int) -> bool: ...
    def waiting(self, limit: int = 100) -> list[int]: ...
    def claim(self, limit: int = 100) -> list[_Outgoing]: ...
    def acknowledge(self, ids: Sequence[tuple[int, int, str]]) -> None: ...
    def release(self, ids: Sequence[tuple[int, int, str]]) -> None: ...
