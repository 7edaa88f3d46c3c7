"""Line 13: a hostile server against each client and mode."""

import asyncio
import contextlib
import json
import os
import pty
import re
import time
from dataclasses import dataclass
from pathlib import Path

from background import Partner
from proof import Criteria, Result, mebibytes, proof

ESCAPES = "\u001b]0;owned\u0007 \u001b[2J \u009b31m \u202e \u0000 \u007f"
TWEET = {"seq": 7, "time": "2026-11-21T05:03:00.123Z", "author": "ana", "text": "text", "tags": [], "from": "ana",
         "to": ["bob"], "read": None, "name": "ana", "status": "online", "since": None, "account": True, "pending": 0,
         "count": 1}
MEMORY = 16 << 20
PATIENCE = 1.5  # seconds after its timeout at which a client has to be gone
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
OWNED = re.compile("\x1b\\]0;|\x9b|\u202e")


def packet(operation, body, **more):
    return (json.dumps([operation, body], **more) + "\n").encode()


async def endless_line(writer):
    while not writer.is_closing():
        writer.write(b"x" * 65536)
        await writer.drain()


async def endless_text(writer):
    writer.write(b'["ok",{"text":"')
    await endless_line(writer)


async def endless_packets(writer):
    number = 0
    while not writer.is_closing():
        number += 1
        writer.write(packet("part", {**TWEET, "seq": number}) + packet("tweet", {**TWEET, "seq": number}))
        await writer.drain()


async def dripping(writer):
    for byte in packet("ok", TWEET) * 1000:
        if writer.is_closing():
            return
        writer.write(bytes([byte]))
        await asyncio.sleep(0.3)


async def nested(writer):
    writer.write(b"[" * 8000 + b"\n")
    writer.write(b'["ok",' + b'{"a":' * 1500 + b"1" + b"}" * 1500 + b"]\n")


async def wrong_types(writer):
    for line in (b'["ok",{"seq":"x","time":5,"text":{},"tags":7,"author":[]}]', b"[1,2]", b"{}", b"null",
                 b'["ok",null]', b'["ok",{"seq":1e999,"text":"x"}]',
                 b'["ok",{"seq":99999999999999999999,"count":-1}]', b'"ok"', b"[]"):
        writer.write(line + b"\n")


def poisoned(field, operation):
    """An answer that is as it should be, apart from escapes in one of its fields."""
    async def behave(writer):
        value = [ESCAPES] if field in ("tags", "to") else ESCAPES
        body = {"code": "busy", "message": "please wait", **TWEET, field: value}
        # A list is its parts and an end; a follower gets pushes after the answer.
        for each in ("part", "ok") if operation == "part" else (operation, "tweet", "message", "joined"):
            writer.write(packet(each, body))
    behave.__name__ = f"escapes in {field} of {operation}"
    return behave


async def noise(writer):
    writer.write(os.urandom(65536))


async def silence(writer):
    pass


BEHAVIOURS = [endless_line, endless_text, endless_packets, dripping, nested, wrong_types, noise, silence]
BEHAVIOURS += [poisoned(field, operation) for operation in ("ok", "part") for field in (
    "text", "author", "tags", "name", "from", "to", "status", "time")]
BEHAVIOURS += [poisoned(field, "error") for field in ("code", "message")]


async def serve(pipe):
    """A server for each behaviour, on ports that the pipe tells."""
    def handler(behaviour):
        async def handle(reader, writer):
            try:
                await reader.read(1)
                while not writer.is_closing():
                    # Each request gets the same, until the client goes.
                    await behaviour(writer)
                    await writer.drain()
                    if not await reader.read(65536):
                        return
            except OSError:
                pass
            finally:
                writer.close()
        return handle
    servers = {each.__name__: await asyncio.start_server(handler(each), "127.0.0.1", 0) for each in BEHAVIOURS}
    pipe.send({name: server.sockets[0].getsockname()[1] for name, server in servers.items()})
    await asyncio.gather(*(server.serve_forever() for server in servers.values()))


@dataclass
class Mode:
    """One way to run a client."""

    program: str
    words: list
    input: bytes = b""
    seconds: float = None  # the time by which it ends; nil for --timeout


def modes(folder):
    """Each client and mode; the place of the server is put in after the first word."""
    me = ["--user", "ana", "--password-file", str(folder / "password")]
    (folder / "password").write_text("correct horse\n")
    (folder / "new").write_text("battery staple\n")
    client = [["-u", "text"], ["-u", "text", "--as", "ana"], ["-u", "text", "--to", "bob", *me], ["-d"],
              ["-d", "#tag"], ["-d", "-n", "5", "--long"], ["-d", "--since", "0", "--json"], ["-d", "--follow"],
              ["-d", "--wait"], ["-d", "--inbox", *me], ["-d", "--sent", *me], ["-d", "--inbox", "--count", *me],
              ["--who"], ["--who", "ana"], ["--signup", *me], ["--block", "bob", *me], ["--blocked", *me],
              ["-d", "--search", "two words"], ["-d", "--tags"], ["--tokens", *me], ["--new-token", "send", *me],
              ["--passwd", *me, "--new-password-file", str(folder / "new")]]
    found = [Mode("ttweetcl", words) for words in client]
    found.append(Mode("ttweetcl", ["-u", "--lines"], b"one\ntwo\n"))
    # The chat waits 20 s for a lost server's answer and 10 s after the end of its input.
    found.append(Mode("ttweetchat", ["--user", "ana"], b"hello\n@bob hello\n/list\n", 45))
    return found


async def read_terminal(number):
    """Reads a terminal to its end."""
    loop, output = asyncio.get_running_loop(), bytearray()
    try:
        while data := await loop.run_in_executor(None, os.read, number, 65536):
            if len(output) < 1 << 20:
                output += data
    except OSError:
        pass
    return bytes(output)


async def peak_memory(process):
    """The highest VmHWM until a process ends."""
    highest = 0
    while process.returncode is None:
        with contextlib.suppress(OSError):
            match = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
            highest = max(highest, int(match[1]) << 10 if match else 0)
        await asyncio.sleep(0.01)
    return highest


async def meet(run, mode, name, port, timeout):
    """Runs a client against one behaviour with its output on a terminal; returns problems and peak memory."""
    place = ["127.0.0.1", str(port)]
    words = mode.words[:1] + place + mode.words[1:] if mode.program == "ttweetcl" else place + mode.words
    limit = mode.seconds or timeout + PATIENCE
    if mode.program == "ttweetcl":
        words += ["--timeout", str(timeout)]
    terminal, end = pty.openpty()
    # Standard input is a pipe, so that the chat is a script's; what it prints still goes to a terminal.
    process = await asyncio.create_subprocess_exec(
        run.release / mode.program, *words, stdin=asyncio.subprocess.PIPE, stdout=end, stderr=end,
        env={"PATH": os.environ["PATH"], "HOME": str(run.scratch), "TERM": "xterm", "TTWEET_PASSWORD": "correct horse"})
    os.close(end)
    reading = asyncio.create_task(read_terminal(terminal))
    watching = asyncio.create_task(peak_memory(process))
    process.stdin.write(mode.input)
    process.stdin.close()
    title, problems, start = f"{mode.program} {' '.join(mode.words[:3])} against {name}", [], time.monotonic()
    try:
        await asyncio.wait_for(process.wait(), limit + run.pick(10, 10, 60))
    except TimeoutError:
        process.kill()
        await process.wait()
        problems.append(f"{title}: does not end")
    took = time.monotonic() - start
    if run.counts_figures and took > limit and not problems:
        problems.append(f"{title}: ends only after {took:.1f} s")
    if process.returncode < 0 and not problems:
        problems.append(f"{title}: dies of signal {-process.returncode}")
    text = (await reading).decode(errors="replace")
    os.close(terminal)
    forbidden = CONTROL if mode.program == "ttweetcl" else OWNED
    found = forbidden.search(text + (ESCAPES if run.spoils else ""))
    if found:
        problems.append(f"{title}: prints {text[max(0, found.start() - 20):found.start() + 20]!r}")
    return problems, await watching, title


@proof(13, "a hostile server against each client and mode")
def hostile_server(run):
    criteria = Criteria(run)
    timeout, limit = run.pick(5, 1, 1), asyncio.Semaphore(run.pick(16, 32, 8))
    chosen = [mode for mode in modes(run.folder()) if run.size != "suite" or mode.words[0] in ("-d", "-u")]

    async def all_of_them(ports):
        async def one(mode, name):
            async with limit:
                return await meet(run, mode, name, ports[name], timeout)
        # The chats wait longest, so they begin.
        pairs = [(mode, name) for mode in reversed(chosen) for name in ports]
        return await asyncio.gather(*(one(mode, name) for mode, name in pairs))
    with Partner(serve) as server:
        results = asyncio.run(all_of_them(server.receive(30)))
    for problems, _, _ in results:
        criteria.add(problems)
    _, most, title = max(results, key=lambda result: result[1])
    criteria.require_figure(most <= MEMORY, f"{title}: {mebibytes(most)}")
    return Result(
        f"{len(chosen)} modes of the clients against {len(BEHAVIOURS)} servers: {len(results)} runs ended in time, "
        f"at most {mebibytes(most)}; {len(criteria.problems)} problems",
        {"runs": len(results), "memory": most}, criteria.problems)
