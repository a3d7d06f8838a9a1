"""What the Python package leaves of the speed there could be, and what Python's own SQLite queues leave.

Three contenders do the same work round by round in turn, each on files of its own in the same folder, at the same
durability:

- the limit: bare prepared statements on Seshat's schema, in Rust (`seshat-bench bare`, a process per round);
- Seshat from Python: `chat.send` (the line, the chat's rev, the broker's queue) and `chat.poll`;
- litequeue (`put`, and `pop` on an empty queue), huey's SqliteHuey (calling a task, and `dequeue` on an empty
  queue), and the storage under huey alone (`storage.enqueue` of bytes, one row in one table).

"full" survives a power loss: Seshat syncs its log after each commit; the others get PRAGMA synchronous=FULL.
"normal" survives a crash of the process: PRAGMA synchronous=NORMAL for all. All use write-ahead logs, which have
grown to their size before anything is measured: to sync a file that grows costs more, and soon none of them does.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import huey  # type: ignore[import-untyped]
import litequeue  # type: ignore[import-untyped]

import seshat
from seshat._seshat import Desk

ROOT = Path(__file__).resolve().parents[2]
BARE = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "seshat-bench"

#: Odd, so that the median is one of them.
ROUNDS = int(os.environ.get("SESHAT_BENCH_ROUNDS", "9"))
#: How many threads send at once in the crowd, and how many lines each says a turn.
CROWD, CROWD_LINES = 4, 5
#: What people type: not a word, not a letter. The same as in the Rust benchmark.
TEXT = "Good morning! Do you have the Alto 2 tent in sage, and could it arrive by Friday?"
JOE = "joe@example.com"
#: Calls that make every write-ahead log as long as it gets: more pages than any checkpoint waits for.
GROWTH = 3_000

#: In how many turns of each contender a round is done.
SLICES = 9
NAMES = {
    "send_normal": "send, normal",
    "send_full": "send, full",
    "send_crowd": f"the same, {CROWD} at once",
    "poll_idle": "poll, nothing new",
    "poll_five": "poll, five messages",
}
#: Calls in one turn: few where each waits for the disk.
CALLS = {"send_normal": 500, "send_full": 20, "send_crowd": 2, "poll_idle": 500, "poll_five": 500}

Work = Callable[[], object]


def open_chat(store: seshat.Store) -> seshat.Chat:
    """A chat that an agent has accepted, so that every line is also queued for the broker."""
    chat = store.start("customer")
    desk = Desk(store)
    desk.set_agents([(JOE, "Joe")])
    assert desk.accept(JOE, chat.id) == "done"
    for _ in range(5):
        chat.send(TEXT)
    return chat


def crowd(sends: Sequence[Work]) -> Work:
    """Work for many threads: each says its lines, and a turn is over when all have."""
    pool = ThreadPoolExecutor(len(sends))

    def lines(send: Work) -> None:
        for _ in range(CROWD_LINES):
            send()

    return lambda: list(pool.map(lines, sends))


def our_work(folder: Path) -> dict[str, Work]:
    normal = open_chat(seshat.open(folder / "ours-normal.db", durability="normal"))
    with seshat.open(folder / "ours-full.db", durability="normal") as growing:
        chat = open_chat(growing)
        for _ in range(GROWTH):
            chat.send(TEXT)
    store = seshat.open(folder / "ours-full.db")
    full = store.chat(chat.token)
    others = [open_chat(store) for _ in range(CROWD)]
    quiet = open_chat(seshat.open(folder / "ours-quiet.db", durability="normal"))
    state = quiet.poll()
    assert quiet.poll(state.last_seq, rev=state.rev) is None
    assert len(quiet.poll(state.last_seq - 5).messages) == 5
    return {
        "send_normal": lambda: normal.send(TEXT),
        "send_full": lambda: full.send(TEXT),
        "send_crowd": crowd([partial(chat.send, TEXT) for chat in others]),
        "poll_idle": lambda: quiet.poll(state.last_seq, rev=state.rev),
        "poll_five": lambda: quiet.poll(state.last_seq - 5),
    }


def litequeue_work(folder: Path) -> dict[str, Work]:
    def queue(name: str, synchronous: str, growth: int = 0) -> litequeue.LiteQueue:
        made = litequeue.LiteQueue(folder / f"litequeue-{name}.db")
        made.conn.execute("PRAGMA synchronous = OFF")
        for _ in range(growth):
            made.put(TEXT)
        made.conn.execute(f"PRAGMA synchronous = {synchronous}")
        return made

    normal, full = queue("normal", "NORMAL", GROWTH), queue("full", "FULL", GROWTH)
    quiet = queue("quiet", "NORMAL")
    # It is for one thread at a time, so each thread has its own on the same file.
    others = [queue("full", "FULL") for _ in range(CROWD)]
    return {
        "send_normal": lambda: normal.put(TEXT),
        "send_full": lambda: full.put(TEXT),
        "send_crowd": crowd([partial(other.put, TEXT) for other in others]),
        "poll_idle": lambda: quiet.pop(),
    }


def huey_storage(folder: Path, name: str, synchronous: str) -> Any:
    made = huey.SqliteHuey(filename=str(folder / f"huey-{name}.db"))
    made.storage.conn.execute("PRAGMA synchronous = OFF")
    for _ in range(0 if "quiet" in name else GROWTH):
        made.storage.enqueue(TEXT.encode())
    made.storage.conn.execute(f"PRAGMA synchronous = {synchronous}")
    return made


def huey_work(folder: Path) -> dict[str, Work]:
    def task(name: str, synchronous: str) -> Callable[[str], object]:
        queue = huey_storage(folder, name, synchronous)

        def relay(text: str) -> str:
            return text

        called: Callable[[str], object] = queue.task()(relay)
        return called

    normal, full = task("task-normal", "NORMAL"), task("task-full", "FULL")
    quiet = huey_storage(folder, "task-quiet", "NORMAL")
    return {
        "send_normal": lambda: normal(TEXT),
        "send_full": lambda: full(TEXT),
        "send_crowd": crowd([partial(full, TEXT)] * CROWD),
        "poll_idle": lambda: quiet.dequeue(),
    }


def storage_work(folder: Path) -> dict[str, Work]:
    normal, full, quiet = (
        huey_storage(folder, name, synchronous).storage
        for name, synchronous in (("normal", "NORMAL"), ("full", "FULL"), ("quiet", "NORMAL"))
    )
    text = TEXT.encode()
    return {
        "send_normal": lambda: normal.enqueue(text),
        "send_full": lambda: full.enqueue(text),
        "send_crowd": crowd([partial(full.enqueue, text)] * CROWD),
        "poll_idle": lambda: quiet.dequeue(),
    }


def bare_round() -> dict[str, float]:
    done = subprocess.run([BARE, "bare"], check=True, capture_output=True, text=True)
    return {name: float(nanoseconds) for name, nanoseconds in json.loads(done.stdout).items()}


def timed_round(contenders: dict[str, dict[str, Work]]) -> dict[str, dict[str, float]]:
    """Nanoseconds a line or a look, of every contender: the median of slices, in which they take turns. Disks and
    machines have good and bad moments."""
    taken: dict[str, dict[str, float]] = {who: {} for who in contenders}
    for what in NAMES:
        lines = CROWD * CROWD_LINES if what == "send_crowd" else 1
        able = {who: works[what] for who, works in contenders.items() if what in works}
        slices: dict[str, list[float]] = {who: [] for who in able}
        for _ in range(SLICES):
            for who, call in able.items():
                slices[who].append(timed(call, CALLS[what]) / lines)
        for who, times in slices.items():
            taken[who][what] = statistics.median(times)
    return taken


def timed(call: Work, calls: int) -> float:
    """Nanoseconds a call."""
    turns = range(calls)
    began = time.perf_counter_ns()
    for _ in turns:
        call()
    return (time.perf_counter_ns() - began) / calls


def measure() -> dict[str, list[dict[str, float]]]:
    """Every contender's rounds."""
    # Not in memory: then a sync would cost nothing.
    with tempfile.TemporaryDirectory(prefix="seshat-bench-", dir=os.environ.get("SESHAT_BENCH_DIR")) as name:
        folder = Path(name)
        makers = {"seshat": our_work, "litequeue": litequeue_work, "huey": huey_work, "storage": storage_work}
        contenders = {who: make(folder) for who, make in makers.items()}
        rounds: dict[str, list[dict[str, float]]] = {who: [] for who in ("bare", *contenders)}
        for number in range(ROUNDS + 1):
            taken = {"bare": bare_round(), **timed_round(contenders)}
            # The first round warms up: caches fill, files grow.
            for who, figures in taken.items() if number else ():
                rounds[who].append(figures)
        return rounds


def report(rounds: dict[str, list[dict[str, float]]]) -> None:
    def median(who: str, what: str) -> str:
        return f"{statistics.median(taken[what] for taken in rounds[who]) / 1000:9.2f} µs"

    def ratio(other: str, what: str) -> float:
        pairs = zip(rounds[other], rounds["seshat"], strict=True)
        return statistics.median(theirs[what] / ours[what] for theirs, ours in pairs)

    print(f"Python and bare prepared statements in Rust, medians of {ROUNDS} rounds in turn.")
    print("Ratio: how much of bare's speed is left.")
    print(f"{'':<28} {'Python':>12} {'bare':>12} {'ratio':>7}   goal")
    goals = {"send_normal": "", "send_full": "", "poll_idle": "≥ 0.5", "poll_five": ""}
    for what, goal in goals.items():
        cells = f"{median('seshat', what):>12} {median('bare', what):>12} {ratio('bare', what):>7.2f}"
        print(f"{NAMES[what]:<28} {cells}   {goal}")

    print("\nPython's own SQLite queues, the same rounds. Ratio: their time by Seshat's; the goal is more than 1.")
    peers = {"litequeue": "litequeue", "huey": "huey", "storage": "huey's storage"}
    print(f"{'':<22} {'Seshat':>12} " + " ".join(f"{name:>14} {'ratio':>6}" for name in peers.values()))
    for what in ("send_normal", "send_full", "send_crowd", "poll_idle"):
        cells = " ".join(f"{median(who, what):>14} {ratio(who, what):>6.2f}" for who in peers)
        print(f"{NAMES[what]:<22} {median('seshat', what):>12} {cells}")


def main() -> int:
    if hasattr(Desk, "_panic"):
        print("store.py: this is a debug build of the package; run scripts/build --release first", file=sys.stderr)
        return 1
    if not BARE.exists():
        print(f"store.py: there is no {BARE}; run cargo build --release -p seshat-bench first", file=sys.stderr)
        return 1
    report(measure())
    return 0


if __name__ == "__main__":
    sys.exit(main())
