"""What a chat costs through real parts: how long a line takes between visitor and agent through a real Prosody,
and what the broker takes of the machine when nobody says anything. A minimal slixmpp bot runs beside it, on the same
server, in the same minutes.

SESHAT_BENCH_LINES (300) and SESHAT_BENCH_IDLE (60 s) make it longer or shorter.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from harness.house import JOE, PASSWORD, House  # noqa: E402
from harness.process import Child  # noqa: E402

LINES = int(os.environ.get("SESHAT_BENCH_LINES", "300"))
IDLE = float(os.environ.get("SESHAT_BENCH_IDLE", "60"))
ECHO = "echo@example.com"
#: Before the clock counts: connections, caches and the scheduler settle.
WARM_UP = 20
#: DESIGN section 1: an idle broker takes less than this.
GOAL_CPU_PERCENT = 0.1
GOAL_MEGABYTES = 15.0


def timed(trip: Callable[[str], None]) -> list[float]:
    """Milliseconds of each of LINES trips."""
    taken = []
    for number in range(WARM_UP + LINES):
        began = time.perf_counter()
        trip(f"line {number} of {trip.__name__}")
        taken.append((time.perf_counter() - began) * 1000)
    return taken[WARM_UP:]


def percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def row(name: str, values: list[float]) -> None:
    print(
        f"  {name:<34} p50 {percentile(values, 50):7.2f} ms   p99 {percentile(values, 99):7.2f} ms   "
        f"worst {max(values):7.2f} ms"
    )


def cpu_seconds(pid: int) -> float:
    # In nanoseconds, thread by thread: the ticks of /proc/PID/stat are too coarse for so little.
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


def megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))) / 1024


def latency(house: House) -> None:
    joe = house.agent(JOE)
    visitor = house.visitor()
    joe.next()
    joe.say(f"!ACCEPT {visitor.id}")
    joe.next()
    visitor.expect("Your chat has started.")

    def to_agent(text: str) -> None:
        visitor.say(text)
        joe.expect(text)

    def to_visitor(text: str) -> None:
        joe.say(text)
        visitor.expect(text)

    def echo(text: str) -> None:
        joe.say(text, to=ECHO)
        joe.expect(text)

    print(f"Latency through Prosody, {LINES} lines each, one at a time:")
    there, back, peer = timed(to_agent), timed(to_visitor), timed(echo)
    row("visitor to agent", there)
    row("agent to visitor", back)
    row("agent to slixmpp bot and back", peer)
    ratio = (percentile(there, 50) + percentile(back, 50)) / percentile(peer, 50)
    print(f"  both ways beside the bot's round trip (p50), two durable writes included: x {ratio:.2f}")


def idle(pids: dict[str, int]) -> None:
    print(f"Idle for {IDLE:g} s, one agent online:")
    before = {name: cpu_seconds(pid) for name, pid in pids.items()}
    time.sleep(IDLE)
    shares = {name: 100 * (cpu_seconds(pid) - before[name]) / IDLE for name, pid in pids.items()}
    sizes = {name: megabytes(pid) for name, pid in pids.items()}
    for name in pids:
        print(f"  {name:<34} CPU {shares[name]:6.3f} % of a core   resident {sizes[name]:6.1f} MB")
    ours, theirs = pids
    print(f"  resident beside the bot's: x {sizes[ours] / sizes[theirs]:.2f}")
    good = shares[ours] < GOAL_CPU_PERCENT and sizes[ours] < GOAL_MEGABYTES
    print(f"  goal: under {GOAL_CPU_PERCENT} % and {GOAL_MEGABYTES:g} MB: {'met' if good else 'MISSED'}")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="seshat-bench-") as name:
        folder = Path(name)
        with House(folder, agents=[JOE], accounts=[ECHO], profile="release") as house:
            address = [ECHO, PASSWORD, str(house.prosody.port), str(house.prosody.ca_file)]
            bot = Child("echo", [sys.executable, str(Path(__file__).with_name("echo.py")), *address], folder / "echo.log")
            try:
                bot.wait_for_line("online")
                latency(house)
                idle({"seshat-broker": house.broker.child.pid, "slixmpp bot": bot.pid})
            finally:
                bot.stop()


if __name__ == "__main__":
    main()
