"""Live chat for web applications, answered from any Jabber/XMPP client.

>>> import seshat, tempfile, os
>>> folder = tempfile.TemporaryDirectory()
>>> store = seshat.open(os.path.join(folder.name, "chat.db"))
>>> chat = store.start("customer", text="Where is my order?")
>>> chat.send("It should have come on Friday.").seq
2
>>> state = chat.poll()
>>> state.state, state.position, [message.text for message in state.messages]
('waiting', 1, ['Where is my order?', 'It should have come on Friday.'])
>>> store.availability()
'offline'
>>> store.close(); folder.cleanup()

Keep `chat.token` with the visitor (a cookie is a good place) and find the chat again with `store.chat(token)`.
Most sites need none of this: `seshat.integrations` has ready routes for Flask and any WSGI server.

The database file is Seshat's own. Do not open it with `sqlite3` in the same process.
"""

from seshat._seshat import (
    Agent,
    Chat,
    Message,
    Response,
    State,
    Stop,
    Store,
    Web,
    __version__,
    open,
)
from seshat.errors import (
    Busy,
    ChatClosed,
    CorruptError,
    InternalError,
    InvalidError,
    NotFound,
    RateLimited,
    SeshatError,
    StaleError,
    StorageError,
    TooLong,
    VersionError,
)

__all__ = [
    "Agent",
    "Busy",
    "Chat",
    "ChatClosed",
    "CorruptError",
    "InternalError",
    "InvalidError",
    "Message",
    "NotFound",
    "RateLimited",
    "Response",
    "SeshatError",
    "StaleError",
    "State",
    "Stop",
    "StorageError",
    "Store",
    "TooLong",
    "VersionError",
    "Web",
    "__version__",
    "open",
]
