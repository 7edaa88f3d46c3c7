"""Line 11: broken-off, trickling and cut connections, plain and TLS, and certificates that do not fit."""

import socket
import ssl
import struct
import subprocess

import certificates
from clients import address, raw
from history import digest
from proof import Criteria, ProveError, Result, proof, wait_until
from server import Server

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset
REQUEST = b'["u","whole %d"]\n'


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    connection.close()


# Each of these is one connection; it returns whether the server behaved as it should.

def break_off(server, number):
    """A reset at some moment: before a request, within one, before its answer, within it."""
    connection = raw(server.port, address(number % 200, 20))
    part = [b"", b'["d",{"cou', b'["d",{"count":100}]\n' * 5][number % 3]
    connection.sendall(part)
    if part.endswith(b"\n") and number % 2:
        connection.recv(100)
    reset(connection)
    return True


def half_close(server, number):
    """An end of sending after a request, or within one, which must not be taken for a whole one."""
    connection = raw(server.port, address(number % 200, 21))
    whole = number % 2 == 0
    connection.sendall(b'["d",""]\n' if whole else b'["u","half of it"]')
    connection.shutdown(socket.SHUT_WR)
    answer = read_all(connection)
    return answer.startswith(b'["ok",') if whole else b'"incomplete"' in answer


def trickle(server, number):
    """A request in writes of one byte each."""
    connection = raw(server.port, address(number % 200, 22))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in b'["ping",""]\n':
        connection.sendall(bytes([byte]))
    return finish(connection, b'["ok",{}]\n')


def small_window(server, number):
    """The smallest window that the kernel allows, and reads of one byte."""
    connection = raw(server.port, address(number % 200, 23), set={
        (socket.SOL_SOCKET, socket.SO_RCVBUF): 1, (socket.IPPROTO_TCP, socket.TCP_WINDOW_CLAMP): 1})
    connection.sendall(b'["d",""]\n')
    connection.shutdown(socket.SHUT_WR)
    answer = b""
    while byte := connection.recv(1):
        answer += byte
    connection.close()
    return answer.startswith(b'["ok",') and answer.endswith(b"\n")


def finish(connection, expected):
    connection.shutdown(socket.SHUT_WR)
    return read_all(connection) == expected


def read_all(connection):
    """Everything up to the end, or to a reset."""
    received = b""
    try:
        while data := connection.recv(65536):
            received += data
    except OSError:
        pass
    connection.close()
    return received


# TLS by hand, so that it can be cut at each byte

class Stream:
    """A client's TLS whose bytes are sent by hand."""

    def __init__(self, context, connection):
        self.connection = connection
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname="127.0.0.1")

    def first_flight(self):
        self.step()
        return self.outgoing.read()

    def step(self):
        try:
            self.tls.do_handshake()
            return True
        except ssl.SSLWantReadError:
            return False

    def second_flight(self, request):
        """The end of the handshake and a request, once the first flight was answered; and the records' ends."""
        self.connection.sendall(self.first_flight())
        while not self.step():
            data = self.connection.recv(65536)
            if not data:
                raise ProveError("the server ends a handshake that is in order")
            self.incoming.write(data)
        finished = self.outgoing.read()
        self.tls.write(request)
        return finished + self.outgoing.read()


def cut(server, context, flight, length, number):
    """Sends the first bytes of a flight and ends in one of three ways; returns the bytes of the whole flight."""
    connection = raw(server.port, address(number % 200, 24))
    stream = Stream(context, connection)
    data = stream.first_flight() if flight == 1 else stream.second_flight(REQUEST % number)
    connection.sendall(data[:length])
    if length % 3 == 0:
        reset(connection)
    elif length % 3 == 1:
        connection.close()
    else:
        connection.shutdown(socket.SHUT_WR)
        read_all(connection)
    return len(data)


def cut_everywhere(server, context, run, criteria):
    """Cuts each flight at each byte, or at some; none of the cut requests may be stored. Returns the number."""
    done, number, whole = 0, 0, set()
    for flight in (1, 2):
        length, total = 0, 1
        while length < total:
            number += 1
            total = cut(server, context, flight, length, number)
            done += 1
            length += run.pick(1, 7)
    connection = raw(server.port, address(1, 24))
    stream = Stream(context, connection)
    connection.sendall(stream.second_flight(REQUEST % 0))
    whole.add(digest("whole 0"))
    wait_until(lambda: any(tweet["text"] == "whole 0" for tweet in server.tweets()), 10, "the whole request")
    connection.close()
    stored = {digest(tweet["text"]) for tweet in server.tweets() if tweet["text"].startswith("whole")}
    criteria.require(stored == whole, f"{len(stored - whole)} requests are stored whose record was cut")
    return done


def certificates_refused(run, criteria):
    """Wrong, expired and other-name certificates: ttweetcl names the reason and sends nothing. Returns the number."""
    folder = run.folder()
    made = {"good": ([], 2), "other": ([], 2), "expired": ([], -1), "elsewhere": (["elsewhere.example"], 2)}
    options = {name: certificates.make(folder / name, *hosts, days=days) for name, (hosts, days) in made.items()}
    cases = [("other", "good", "issuer"), ("expired", "expired", "expired"), ("elsewhere", "elsewhere", "127.0.0.1")]
    for served, trusted, reason in cases:
        server = Server(run, *options[served])
        server.start()
        done = subprocess.run(
            [run.release / "ttweetcl", "-u", "127.0.0.1", str(server.port), "secret", "--ca",
             folder / trusted / "authority.pem"], capture_output=True, text=True, timeout=30)
        criteria.require(done.returncode != 0 and reason in done.stderr,
                         f"the certificate {served}: exit code {done.returncode}, {done.stderr.strip()!r}")
        criteria.require(not server.tweets(), f"a message went to a server with the certificate {served}")
        server.stop()
    return len(cases)


@proof(11, "broken-off, trickling and cut connections, and certificates that do not fit")
def broken_connections(run):
    criteria = Criteria(run)
    count = run.pick(10_000, 300, 30)
    folder = run.folder()
    server = Server(run, *certificates.make(folder))
    server.start()
    server.ask('["u","something to download"]')
    before, figures = server.descriptors(), {}
    for kind in (break_off, half_close, trickle, small_window):
        wrong = sum(not kind(server, number) for number in range(count))
        criteria.require(wrong == 0, f"{wrong} of {count} connections of {kind.__name__} are answered wrongly")
        criteria.require(server.is_running(), f"the server ends with {server.process.poll()} at {kind.__name__}")
        figures[kind.__name__] = count
    context = certificates.trusting(folder)
    figures["cuts"] = cut_everywhere(server, context, run, criteria)
    leak = raw(server.port) if run.spoils else None
    try:
        wait_until(lambda: server.descriptors() <= before, 5, "that all descriptors are closed")
    except ProveError:
        criteria.add([f"the server has {server.descriptors()} descriptors, {before} at first"])
    if leak:
        leak.close()
    criteria.require(server.stop() == 0, "the server does not stop with 0")
    figures["certificates"] = certificates_refused(run, criteria)
    return Result(
        f"{count:,} each of resets, half-closes, one-byte writes and smallest windows; TLS cut at {figures['cuts']:,} "
        f"bytes; {figures['certificates']} certificates refused; no descriptor left of {before}", figures,
        criteria.problems)
