"""Lines 2 and 3: the server is killed, or its disk fails, at the n-th write or sync; strace injects the fault."""

import asyncio
import glob
import re
import shutil
import signal
import time
from collections import Counter
from dataclasses import dataclass

import powerloss
from clients import Crowd, Writer
from history import History, check_answers, check_files
from proof import Criteria, ProveError, Result, proof, wait_until
from server import Server

WRITE, SYNC = "pwrite64", "fdatasync"  # the calls with which SQLite writes and syncs
# 73 also for EIO: an index of the write-ahead log that cannot grow counts as one that cannot be made.
EXITS_AT_START = {"EIO": {71, 73, 74}, "ENOSPC": {71, 73, 74}, "0": {71, 73, 74}}


@dataclass
class Fault:
    """One fault: what happens at the n-th of some calls of a thread."""

    calls: str
    action: str  # of strace: "signal=KILL", "error=EIO", "retval=0" (a write that writes nothing)
    n: int
    at_start: bool  # counted from exec on; else from a moment under load on

    def strace(self, trace):
        return ["strace", "-f", "-y", "-ttt", "-o", trace, "-e", "trace=" + self.calls, "-e",
                f"inject={self.calls}:{self.action}:when={self.n}"]

    @property
    def error(self):
        return self.action.split("=")[1]

    def __str__(self):
        return f"{self.action} at {self.calls} {self.n} {'from the start' if self.at_start else 'under load'}"

    def ends_acknowledgements(self):
        """Whether the disk has failed, rather than that it is full."""
        return self.error == "EIO" or SYNC in self.calls


def require_strace():
    if shutil.which("strace") is None:
        raise ProveError("there is no strace: run scripts/setup")


class Injection:
    """A server with one fault, the load on it, and what comes of both."""

    def __init__(self, run, fault):
        self.run, self.fault = run, fault
        self.server = Server(run, "--resume")
        self.trace = self.server.folder / "trace"
        self.history = History()
        self.serves = False
        self.code = None

    def hit(self):
        """The time at which the fault was injected, on the clock of the history; None if it was not."""
        text = self.trace.read_text(errors="replace") if self.trace.exists() else ""
        match = re.search(r"^\d+ +(\d+\.\d+) .*\(INJECTED\)$", text, re.M)
        if match:
            return float(match[1]) + time.monotonic() - time.time()
        return time.monotonic() if "killed by SIGKILL" in text else None

    def ends_acknowledgements(self):
        """Whether the server has to end because of the fault.

        SQLite ignores a failed sync of the directory, so that the server learns nothing of it.
        """
        is_of_directory = re.search(r"/data>\) .*\(INJECTED\)$", self.trace.read_text(errors="replace"), re.M)
        return self.fault.ends_acknowledgements() and not is_of_directory

    def start(self):
        if self.fault.at_start:
            self.writers = [Writer(self.history, number, self.run.random) for number in range(6)]
            strace = self.fault.strace(self.trace)
            self.server.spawn(wrapper=[strace[0], "-D", *strace[1:]])
        else:
            crowd = Crowd(self.history, self.run.random, 17)
            self.writers = crowd.writers
            self.server.start()
            crowd.make_accounts(self.server)
            self.attach()
        try:
            self.server.wait_until_serving()
            self.serves = True
        except ProveError:
            if self.server.is_running():
                raise

    def attach(self):
        pid = self.server.process.pid
        self.run.processes.start([*self.fault.strace(self.trace), "-q", "-p", str(pid)])
        statuses = f"/proc/{pid}/task/*/status"
        wait_until(lambda: all_traced(statuses), 10, "attaching strace")

    async def load(self):
        working = asyncio.gather(*(writer.run(self.server.port) for writer in self.writers))
        deadline = time.monotonic() + 10
        while self.hit() is None and self.server.is_running() and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        # A failed disk ends the server by itself; after a full one it goes on for a while.
        patience = time.monotonic() + (5 if self.fault.error == "EIO" else 0.2)
        while self.server.is_running() and time.monotonic() < patience:
            await asyncio.sleep(0.01)
        if self.server.is_running():
            self.server.process.send_signal(signal.SIGTERM)
        await working

    def carry_out(self):
        self.start()
        if self.serves:
            asyncio.run(self.load())
        self.code = self.server.wait()

    def problems(self):
        """What is wrong with the store and the answers, and with the exit code."""
        hit = self.hit()
        found = check_files(self.run, self.history, self.server.data)
        late = [each for each in self.history.operations if each.answer == "ok" and hit and each.sent > hit]
        if hit and self.ends_acknowledgements() and late:
            found.append(f"{len(late)} operations are acknowledged that were sent after the failure")
        if not self.exits_as_documented(hit):
            found.append(f"the server ended with {self.code} ({'serving' if self.serves else 'starting'})")
        self.server.start()
        found += check_answers(self.history, self.server)
        if self.server.stop() != 0:
            found.append("the next server does not stop with 0")
        return [f"{self.fault}: {problem}" for problem in found]

    def exits_as_documented(self, hit):
        if hit is None:
            return self.code == 0
        if self.fault.error == "KILL":
            return self.code == -9
        if not self.serves:
            return self.code in EXITS_AT_START[self.fault.error]
        return self.code == 71 if self.ends_acknowledgements() else self.code in (0, 71)


def all_traced(pattern):
    texts = []
    for path in glob.glob(pattern):
        with open(path) as file:
            texts.append(file.read())
    return texts and not any("TracerPid:\t0\n" in text for text in texts)


def inject(run, faults, criteria):
    """Carries out faults; returns figures about them."""
    figures = {"runs": 0, "hits": 0, "acknowledged": 0, "codes": Counter()}
    for fault in faults:
        injection = Injection(run, fault)
        injection.carry_out()
        figures["runs"] += 1
        figures["hits"] += injection.hit() is not None
        figures["codes"][f"{fault.error}: {injection.code}"] += 1
        figures["acknowledged"] += injection.history.count("acknowledged")
        criteria.add(injection.problems())
        shutil.rmtree(injection.server.folder)
        if len(criteria.problems) > 20:
            break
    return figures


def counts(run, most, few):
    """The n of the faults: all of them, or some."""
    return range(1, most + 1) if run.size == "full" else sorted(run.random.sample(range(1, most + 1), few))


@proof(2, "killed at the n-th write or sync, and power lost at each step of a trace")
def killed_at_calls(run):
    require_strace()
    criteria = Criteria(run)
    calls = f"{WRITE},{SYNC},ftruncate,unlink"
    faults = [Fault(calls, "signal=KILL", n, at_start) for n in counts(run, 200, 5) for at_start in (True, False)]
    figures = inject(run, faults, criteria)
    losses = powerloss.lose_power(run, criteria)
    return Result(
        f"{figures['hits']} of {figures['runs']} killed at a call, {figures['acknowledged']:,} acknowledged; power "
        f"lost at {losses['prefixes']:,} steps, {losses['states']:,} states, {losses['starts']} of them started; "
        f"{len(criteria.problems)} inconsistent", {**figures, **losses}, criteria.problems)


@proof(3, "writes and syncs that fail at the n-th call")
def failing_calls(run):
    require_strace()
    criteria = Criteria(run)
    kinds = [(WRITE, "error=EIO"), (WRITE, "error=ENOSPC"), (WRITE, "retval=0"), (SYNC, "error=EIO"),
             (SYNC, "error=ENOSPC")]
    faults = [Fault(calls, action, n, at_start) for calls, action in kinds for at_start in (True, False)
              for n in counts(run, 100, 2)]
    figures = inject(run, faults, criteria)
    criteria.require(figures["hits"] >= figures["runs"] / 2, f"only {figures['hits']} faults were injected")
    return Result(
        f"{figures['hits']} of {figures['runs']} faults injected, {figures['acknowledged']:,} acknowledged; exit codes "
        + ", ".join(f"{name} × {count}" for name, count in sorted(figures["codes"].items()))
        + f"; {len(criteria.problems)} wrong", figures, criteria.problems)
