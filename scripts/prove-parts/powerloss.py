"""Power lost at each step of what a server wrote: the states of the disk that a recorded trace allows.

What was synced is on the disk. Of each later write the disk may have kept all, nothing, or a part of whole sectors.
Names of files are kept as soon as they are made, as by a file system that logs its metadata in order.
"""

import asyncio
import copy
import re
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from clients import Crowd, Writer
from history import History, StoreContent, check
from proof import ProveError
from server import Server

SECTOR = 512
CALLS = "openat,pwrite64,ftruncate,fdatasync,fsync,unlink,write,writev,sendto,sendmsg"
LINE = re.compile(r"^(\d+) +(\w+)\((.*)\) += (-?\d+)")
BEGUN = re.compile(r"^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$")
RESUMED = re.compile(r"^(\d+) +<\.\.\. (\w+) resumed>(.*)\) += (-?\d+)")
PATH = re.compile(r"<((?:\\x[0-9a-f]{2})+)>")
STORE = re.compile(r"<[^>]*/(store\.sqlite(?:-wal|-journal)?)>")
SEQUENCE = re.compile(rb'\["ok",\{"seq":(\d+),')


def record(run, history):
    """Runs a server under strace with some load, and returns the trace."""
    server = Server(run, "--resume")
    trace = server.folder / "trace"
    server.spawn(wrapper=["strace", "-D", "-f", "-y", "-xx", "-s", "100000", "-o", trace, "-e", "trace=" + CALLS])
    server.wait_until_serving()
    crowd = Crowd(history, run.random, 15)
    crowd.make_accounts(server)
    # Marks of reading have no sequence, by which an answer could be found in the trace.
    writers = [writer for writer in crowd.writers if type(writer) is Writer or hasattr(writer, "recipients")]
    for writer in writers:
        writer.pause = 0.02
    deadline = time.monotonic() + run.pick(4, 0.5)

    async def load():
        await asyncio.gather(*(writer.run(server.port, deadline) for writer in writers))
    asyncio.run(load())
    if server.stop() != 0:
        raise ProveError("the traced server does not stop with 0")
    time.sleep(0.2)
    return trace.read_text()


def decoded(text):
    return bytes.fromhex(text.replace("\\x", ""))


def steps(trace):
    """The steps of a trace in order: (call, file, arguments), with `begin` and `end` of each sync, and `answer`."""
    begun = {}
    for line in trace.splitlines():
        line = PATH.sub(lambda found: "<" + decoded(found[1]).decode() + ">", line)
        match = BEGUN.match(line)
        if match:
            begun[match[1]] = match[3]
            yield from begin_sync(match[2], match[3])
            continue
        match = RESUMED.match(line)
        if match:
            arguments = begun.pop(match[1], "") + match[3]
        else:
            match = LINE.match(line)
            if not match:
                continue
            arguments = match[3]
            yield from begin_sync(match[2], arguments)
        yield from step(match[2], arguments, int(match[4]))


def begin_sync(call, arguments):
    found = STORE.search(arguments)
    if call in ("fdatasync", "fsync") and found:
        yield "begin", found[1], None


def path_of(arguments):
    """The store's file that a quoted path names."""
    name = Path(decoded(re.search(r'"((?:\\x..)*)"', arguments)[1]).decode()).name
    return name if name in ("store.sqlite", "store.sqlite-wal", "store.sqlite-journal") else None


def step(call, arguments, result):
    if result < 0:
        return
    if call in ("unlink", "openat"):
        name = path_of(arguments)
        if name and (call == "unlink" or "O_CREAT" in arguments):
            yield call, name, None
        return
    found = STORE.search(arguments.split(",")[0])
    if found and call == "pwrite64":
        data = decoded(re.search(r'"((?:\\x..)*)"', arguments)[1])
        yield "write", found[1], (int(arguments.rsplit(",", 1)[1]), data[:result])
    elif found and call == "ftruncate":
        yield "truncate", found[1], int(arguments.rsplit(",", 1)[1])
    elif found and call in ("fdatasync", "fsync"):
        yield "end", found[1], None
    elif not found:
        data = b"".join(decoded(text) for text in re.findall(r'"((?:\\x..)*)"', arguments))
        for sequence in SEQUENCE.findall(data):
            yield "answer", None, int(sequence)


class Disk:
    """What is surely on the disk, and the changes after it that may be or not."""

    def __init__(self):
        self.synced = {}  # name: bytes
        self.changes = {}  # name: changes since then
        self.syncing = {}  # name: the number of changes before a sync that has begun
        self.answered = set()

    def apply(self, kind, name, argument):
        if kind == "answer":
            self.answered.add(argument)
        elif kind == "openat":
            self.synced.setdefault(name, b"")
            self.changes.setdefault(name, [])
        elif kind == "unlink":
            self.synced.pop(name, None)
            self.changes.pop(name, None)
            self.syncing.pop(name, None)
        elif kind == "begin":
            self.syncing[name] = len(self.changes[name])
        elif kind == "end":
            count = self.syncing.pop(name, 0)
            self.synced[name] = self.content(name, self.changes[name][:count])
            self.changes[name] = self.changes[name][count:]
        else:
            self.changes[name].append((kind, argument))

    def content(self, name, changes):
        data = bytearray(self.synced[name])
        for kind, argument in changes:
            if kind == "truncate":
                data = data[:argument] + bytes(max(0, argument - len(data)))
            else:
                offset, written = argument
                data += bytes(max(0, offset - len(data)))
                data[offset:offset + len(written)] = written
        return bytes(data)

    def kept(self, name, loss, random):
        """The changes of a file that the disk has kept, and for some of them a part only."""
        changes = self.changes[name]
        if loss == "all kept":
            return changes
        if loss == "none kept":
            return []
        kept = []
        for kind, argument in changes:
            if random.random() < 0.5:
                kept.append((kind, argument))
            elif kind == "write" and random.random() < 0.5:
                offset, written = argument
                cut = random.randrange(0, len(written) + 1, SECTOR)
                kept.append((kind, (offset, written[:cut])))
        return kept

    def write(self, folder, loss, random):
        folder.mkdir(mode=0o700)
        for name in self.synced:
            (folder / name).write_bytes(self.content(name, self.kept(name, loss, random)))
            (folder / name).chmod(0o600)


def as_answered(history, answered):
    """The history as far as it was answered when the power went."""
    seen = History()
    for operation in history.operations:
        known = copy.copy(operation)
        if operation.sequence not in answered:
            known.answer, known.sequence = None, None
        seen.operations.append(known)
    return seen


def lose_power(run, criteria):
    """Records a trace, loses the power at its steps, and holds each state of the disk against the history."""
    history = History()
    trace = list(steps(record(run, history)))
    figures = {"prefixes": 0, "states": 0, "starts": 0}
    disk, every, start_every = Disk(), run.pick(1, 7), run.pick(50, 150)
    for number, (kind, name, argument) in enumerate(trace):
        # A disk that only claims to have synced has to be noticed.
        if not (run.spoils and kind == "end"):
            disk.apply(kind, name, argument)
        if number % every:
            continue
        figures["prefixes"] += 1
        for loss in ("all kept", "none kept", "some kept"):
            figures["states"] += 1
            folder = run.folder() / "data"
            disk.write(folder, loss, run.random)
            try:
                if folder.joinpath("store.sqlite").exists():
                    problems = check(as_answered(history, disk.answered), StoreContent(folder))
                else:
                    problems = []
                if figures["states"] % start_every == 0:
                    figures["starts"] += 1
                    problems += start(run, folder, disk.answered)
            except Exception as error:
                problems = [f"{type(error).__name__}: {error}"]
            criteria.add([f"power lost at step {number} ({kind} {name}), {loss}: {problem}" for problem in problems])
            shutil.rmtree(folder.parent)
        if len(criteria.problems) > 20:
            break
    missing = {each.sequence for each in history.operations if each.sequence} - disk.answered
    criteria.require(not missing, f"the trace lacks the answers of {len(missing)} operations")
    return figures


def start(run, data, answered):
    """Starts a server from a state of the disk; it lists what was acknowledged."""
    server = Server(run, "--resume", folder=data.parent)
    server.start()
    listed = {tweet["seq"] for tweet in server.tweets()}
    lost = [sequence for sequence in answered if sequence not in listed]
    code = server.stop()
    with_messages = [sequence for sequence in lost if not server_has_message(data, sequence)]
    return [f"the server lacks {with_messages}"] * bool(with_messages) + [f"exit code {code}"] * (code != 0)


def server_has_message(data, sequence):
    """Whether a sequence is that of a private message, which no list of tweets has."""
    with closing(sqlite3.connect(data / "store.sqlite")) as database:
        return database.execute("SELECT 1 FROM message WHERE sequence = ?", (sequence,)).fetchone() is not None
