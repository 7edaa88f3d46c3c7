"""Lines 5 and 6: what thousands of idle connections, and followers that do not read, cost the others."""

import asyncio
import json
import random
import selectors
import socket
import ssl
import time
from collections import Counter

import certificates
from background import Background, Partner, hindered, told
from clients import FAILURES, Client, address, raw
from proof import Criteria, ProveError, Result, mebibytes, percentile, proof, shown
from server import Server

TOO_BUSY = 0.05  # seconds
SLACK = 0.002  # seconds that the scheduler of a shared machine may add to a percentile
FEED_BYTES = 4 << 20  # pushed lines that the server keeps
CATCHING_UP = 60  # seconds in which followers read what the kernel has kept for them, up to the push `lagged`
FOLLOWER_BYTES = 64 << 10  # memory for a connection at worst


async def busy(port, source, seconds, pause, times):
    """Uploads and downloads on one connection, with pauses; notes how long each answer took."""
    client, deadline, number = await Client.open(port, source), time.monotonic() + seconds, 0
    await asyncio.sleep(random.uniform(0, pause))
    while time.monotonic() < deadline:
        number += 1
        start = time.perf_counter()
        await client.ask(*(("u", f"busy {number}") if number % 10 == 0 else ("d", "")))
        times.append(time.perf_counter() - start)
        await asyncio.sleep(random.uniform(0.5, 1.5) * pause)
    client.close()


def busy_p99(server, count, seconds, pause):
    """The 99th percentile of busy connections, each from an address of its own, and the number of broken ones."""
    times = []

    async def all_of_them():
        tasks = (busy(server.port, address(number, 7), seconds, pause, times) for number in range(count))
        return sum(result is not None for result in await asyncio.gather(*tasks, return_exceptions=True))
    broken = asyncio.run(all_of_them())
    return percentile(times, 0.99), broken, len(times)


def quiet_p99(run, server, count, seconds, pause):
    """The figure to compare with; on a machine that is busy with other work it would prove nothing."""
    quiet = busy_p99(server, count, seconds, pause)[0]
    if run.counts_figures and quiet > TOO_BUSY:
        raise ProveError(f"the machine is too busy to compare: a p99 of {shown(quiet)} without the load")
    return quiet


# Line 5

async def hold_idle(pipe, port, folder, block, count):
    """Opens idle TLS connections; when told, counts those that still answer."""
    tls, clients, limit = certificates.trusting(folder), [], asyncio.Semaphore(20)

    async def open_one(number):
        async with limit:
            client = await Client.open(port, address(number, block), tls)
            await client.ask("ping")
            clients.append(client)
    results = await asyncio.gather(*(open_one(number) for number in range(count)), return_exceptions=True)
    pipe.send((len(clients), str(next((error for error in results if error), ""))))
    await told(pipe)
    alive = 0
    for client in clients:
        try:
            alive += (await asyncio.wait_for(client.ask("ping"), 10))[0] == "ok"
        except (*FAILURES, TimeoutError):
            pass
    pipe.send(alive)


@proof(5, "idle TLS connections beside busy ones")
def idle(run):
    criteria = Criteria(run)
    count, seconds, busy_count = run.pick(10_000, 1000, 50), run.pick(600, 6, 1), run.pick(200, 100, 20)
    folder = run.folder()
    server = Server(run, *certificates.make(folder))
    server.start()
    busy_p99(server, busy_count, 1, 0.1)
    quiet = quiet_p99(run, server, busy_count, min(seconds, 60), 0.1)
    before = server.memory()
    holders = [Partner(hold_idle, server.port, folder, 10 + number, count // 4) for number in range(4)]
    try:
        for holder in holders:
            holder.__enter__()
        opened = [holder.receive(120) for holder in holders]
        criteria.require(sum(n for n, _ in opened) == count, f"not all are opened: {opened}")
        loaded = server.memory()
        with hindered(run, server, stopped=1, running=1):
            p99, broken, answers = busy_p99(server, busy_count, seconds, 0.1)
        after = server.memory()
        for holder in holders:
            holder.send("count")
        alive = sum(holder.receive(120) for holder in holders)
    finally:
        for holder in holders:
            holder.__exit__()
    criteria.require(alive == count, f"{count - alive} of the idle connections were dropped")
    criteria.require(broken == 0, f"{broken} of the busy connections were dropped")
    criteria.require_figure(p99 <= 2 * quiet + SLACK, f"the busy ones' p99 is {shown(p99)}, without {shown(quiet)}")
    criteria.require_figure(after <= loaded * 1.1 + (4 << 20), f"memory grows: {mebibytes(loaded)}, {mebibytes(after)}")
    criteria.require(server.stop() == 0, "the server does not stop with 0")
    return Result(
        f"{alive:,} of {count:,} idle TLS connections alive after {seconds} s; p99 of {busy_count} busy ones "
        f"{shown(p99)} ({answers:,} answers), {p99 / quiet:.2f} × without; memory {mebibytes(before)}, then "
        f"{mebibytes(loaded)} → {mebibytes(after)}",
        {"alive": alive, "p99_s": p99, "quiet_p99_s": quiet, "memory": [before, loaded, after]}, criteria.problems)


# Line 6

async def send_flat_out(port):
    """Uploads from some addresses without a pause, 128 at a time on each connection."""
    async def one(number):
        client, made = await Client.open(port, address(number, 8)), 0
        while True:
            lines = [json.dumps(["u", f"flat out {made + each} " + 80 * "x"]) + "\n" for each in range(128)]
            client.send("".join(lines).encode())
            for _ in lines:
                await client.reader.readline()
            made += len(lines)
    await asyncio.gather(*(one(number) for number in range(4)))


def follow(port, source, tls):
    """A follower with a small receive buffer that has its answer, and reads no more."""
    connection = raw(port, source, set={(socket.SOL_SOCKET, socket.SO_RCVBUF): 4096})
    if tls:
        connection = tls.wrap_socket(connection, server_hostname="127.0.0.1")
    connection.sendall(b'["follow",""]\n')
    received = b""
    while b"\n" not in received:
        received += connection.recv(100)
    return connection


def read_on(connection, tails):
    """Reads what a follower has; returns what became of it, None as long as that is not known."""
    try:
        for _ in range(16):
            data = connection.recv(65536)
            if not data:
                return "closed"
            tails[connection] = tails.get(connection, b"")[-20:] + data
            if b'["lagged",' in tails[connection]:
                return "overtaken"
    except (BlockingIOError, ssl.SSLWantReadError):
        return None
    except OSError:
        return "closed"
    return None


def fates(followers):
    """What became of followers: `closed`, `overtaken`, or `served` if they simply get all that there is."""
    selector, tails, found = selectors.DefaultSelector(), {}, Counter()
    for follower in followers:
        follower.setblocking(False)
        follower.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        selector.register(follower, selectors.EVENT_READ)
    deadline = time.monotonic() + CATCHING_UP
    while selector.get_map() and time.monotonic() < deadline:
        for key, _ in selector.select(1):
            fate = read_on(key.fileobj, tails)
            if fate:
                found[fate] += 1
                selector.unregister(key.fileobj)
                key.fileobj.close()
    found["served"] += len(selector.get_map())
    return {name: count for name, count in found.items() if count}


async def stop_reading(pipe, port, folder, count):
    """Follows on plain and TLS connections without reading; when told, finds out what became of each."""
    tls = certificates.trusting(folder)
    followers = [follow(port, address(number, 9), tls if number % 2 else None) for number in range(count)]
    pipe.send(len(followers))
    await told(pipe)
    # All at once, before the server closes them for not having read at all.
    pipe.send(fates(followers))


@proof(6, "followers that stopped reading, and a sender flat out")
def stopped_followers(run):
    criteria = Criteria(run)
    count, seconds = run.pick(1000, 200, 20), 10
    folder = run.folder()
    server = Server(run, *certificates.make(folder))
    server.start()
    with Background(send_flat_out, server.port):
        busy_p99(server, 20, 1, 0.02)
        quiet = quiet_p99(run, server, 20, run.pick(30, 5, 1), 0.02)
        before, start = server.memory(), newest(server)
        with Partner(stop_reading, server.port, folder, count) as followers:
            followers.receive(120)
            p99, broken, _ = busy_p99(server, 20, run.pick(seconds, seconds, 5), 0.02)
            grown, sent = server.memory() - before, newest(server) - start
            if run.spoils:
                # A sender that has sent little has overtaken nobody.
                sent = 0
            followers.send("count")
            found = followers.receive(300)
    criteria.require(sent * 100 > 2 * FEED_BYTES, f"only {sent} were sent, too few to overtake anybody")
    criteria.require("served" not in found, f"not all are closed or overtaken: {found}")
    criteria.require(broken == 0, f"{broken} of the other connections were dropped")
    bound = FEED_BYTES * 2 + count * FOLLOWER_BYTES
    criteria.require_figure(grown <= bound, f"memory grows by {mebibytes(grown)}")
    criteria.require_figure(p99 <= 2 * quiet + SLACK, f"the others' p99 is {shown(p99)}, without {shown(quiet)}")
    criteria.require(server.stop() == 0, "the server does not stop with 0")
    return Result(
        f"{count:,} followers, plain and TLS, do not read {sent:,} tweets: {found} within {seconds} s; memory "
        f"+ {mebibytes(grown)}; the others' p99 {shown(p99)}, {p99 / quiet:.2f} × without",
        {"fates": found, "sent": sent, "memory_grown": grown, "p99_s": p99, "quiet_p99_s": quiet}, criteria.problems)


def newest(server):
    return server.ask('["d",""]')[1]["seq"] or 0
