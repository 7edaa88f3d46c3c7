"""Connections that speak the protocol, and the writers whose history is held against the store."""

import asyncio
import json
import resource
import socket
import time
from collections import deque

from history import Operation

FAILURES = (OSError, EOFError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)
MESSAGE = "writer {} upload {} #w{} " + 60 * "x"


def address(number, block=1):
    """An address of its own in 127/8 for each number below 64,000."""
    return f"127.{block}.{number // 250}.{number % 250 + 1}"


class Client:
    """A connection of asyncio, plain or with TLS."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, port, source="127.0.0.1", tls=None):
        options = {"ssl": tls, "server_hostname": "127.0.0.1"} if tls else {}
        return cls(*await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0), limit=16384, **options))

    def send(self, line):
        if self.writer.transport.is_closing():
            raise EOFError("the connection has ended")
        self.writer.write(line)

    async def receive(self):
        line = await self.reader.readline()
        if not line.endswith(b"\n"):
            raise EOFError("the connection has ended")
        return json.loads(line)

    async def answer(self):
        """The next packet that answers a request; pushes are skipped."""
        while True:
            packet = await self.receive()
            if packet[0] in ("ok", "part", "error"):
                return packet

    async def ask(self, operation, body=""):
        self.send((json.dumps([operation, body]) + "\n").encode())
        return await self.answer()

    async def list(self, operation, body=""):
        self.send((json.dumps([operation, body]) + "\n").encode())
        parts = []
        while True:
            name, body = await self.answer()
            if name != "part":
                return parts
            parts.append(body)

    def close(self):
        self.writer.transport.abort()


async def one_shot(port, source, line=b'["d",""]\n', timeout=10):
    """One request on a connection of its own; returns whether it was done, and the seconds."""
    start = time.monotonic()
    try:
        async with asyncio.timeout(timeout):
            client = await Client.open(port, source)
            client.send(line)
            packet = await client.answer()
            client.close()
    except (*FAILURES, TimeoutError):
        return False, time.monotonic() - start
    return packet[0] == "ok", time.monotonic() - start


class Writer:
    """One client that changes the store until its connection breaks; it remembers what was not answered."""

    def __init__(self, history, number, random):
        self.history, self.number, self.random = history, number, random
        self.source = address(number)
        self.made = 0
        self.connections = 0
        self.again = deque()
        self.pause = 0

    async def run(self, port, deadline=None):
        """Works until the connection breaks, or until the deadline."""
        self.connections += 1
        self.stream = (f"w{self.number}", self.connections)
        under_way = deque()
        try:
            client = await Client.open(port, self.source)
        except OSError:
            return
        try:
            await self.begin(client)
            await self.work(client, under_way, deadline)
        except FAILURES:
            pass
        finally:
            client.close()
            self.keep(list(under_way))

    def keep(self, unanswered):
        """Keeps the first of the unanswered operations, to send them again as a client with --retry would.

        The others stay unknown. What comes after one of them is dropped as well, so that the order stays.
        """
        kept = self.random.randint(0, len(unanswered))
        self.again = deque(unanswered[:kept] + (list(self.again) if kept == len(unanswered) else []))

    async def begin(self, client):
        pass

    async def work(self, client, under_way, deadline):
        depth = self.random.randint(1, 8)
        while deadline is None or time.monotonic() < deadline or under_way:
            while len(under_way) < depth and (deadline is None or time.monotonic() < deadline):
                operation = self.again.popleft() if self.again else self.make()
                self.history.sent(operation)
                under_way.append(operation)
                client.send(operation.line())
            if not under_way:
                return
            packet = await client.answer()
            self.history.answered(under_way.popleft(), packet)
            if self.pause:
                await asyncio.sleep(self.pause)

    def make(self):
        self.made += 1
        return Operation("u", {"text": MESSAGE.format(self.number, self.made, self.number)}, self.stream)


class Messenger(Writer):
    """Sends private messages to accounts, as a guest."""

    recipients = ()

    async def begin(self, client):
        await client.ask("name", f"guest{self.number}")

    def make(self):
        self.made += 1
        to = self.random.sample(self.recipients, min(2, len(self.recipients)))
        return Operation("message", {"to": to, "text": f"private {self.number} {self.made}"}, self.stream)


class Reader(Writer):
    """Logs in to an account and marks its messages as read."""

    password = "correct horse"

    async def work(self, client, under_way, deadline):
        name = f"reader{self.number}"
        self.stream = (name, self.connections)
        if (await client.ask("login", {"name": name, "password": self.password}))[0] != "ok":
            return
        while deadline is None or time.monotonic() < deadline:
            pending = [message["seq"] for message in await client.list("inbox", {"count": 20})]
            if not pending:
                await asyncio.sleep(0.01)
                continue
            operation = Operation("read", {"seqs": pending}, self.stream)
            self.history.sent(operation)
            client.send(operation.line())
            self.history.answered(operation, await client.answer())


class SignUps(Writer):
    """Makes accounts, one on each connection."""

    async def work(self, client, under_way, deadline):
        self.made += 1
        name = f"s{self.number}n{self.made}"
        operation = Operation("signup", {"name": name, "password": "correct horse"}, self.stream)
        self.history.sent(operation)
        client.send(operation.line())
        self.history.answered(operation, await client.answer())


class Crowd:
    """The writers of one store: mostly uploads, and each other kind of change."""

    def __init__(self, history, random, count=50):
        self.readers = [Reader(history, number, random) for number in range(4)]
        names = [f"reader{reader.number}" for reader in self.readers]
        messengers = [Messenger(history, number, random) for number in range(4, 10)]
        for messenger in messengers:
            messenger.recipients = names
        signers = [SignUps(history, number, random) for number in range(10, 13)]
        self.writers = self.readers + messengers + signers
        self.writers += [Writer(history, number, random) for number in range(13, max(14, count))]
        self.history = history

    def make_accounts(self, server):
        """Signs the readers up; these are operations of the history as well."""
        for reader in self.readers:
            body = {"name": f"reader{reader.number}", "password": Reader.password}
            operation = Operation("signup", body, (reader.number, 0))
            self.history.sent(operation)
            self.history.answered(operation, server.ask(operation.line().decode().strip(), reader.source))

    async def run(self, port, seconds=None):
        deadline = None if seconds is None else time.monotonic() + seconds
        await asyncio.gather(*(writer.run(port, deadline) for writer in self.writers))


def raise_descriptor_limit():
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def raw(port, source="127.0.0.1", **options):
    """A plain blocking socket."""
    connection = socket.socket()
    for (level, name), value in options.get("set", {}).items():
        connection.setsockopt(level, name, value)
    connection.bind((source, 0))
    connection.settimeout(options.get("timeout", 20))
    connection.connect(("127.0.0.1", port))
    return connection
