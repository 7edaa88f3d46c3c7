"""Lines 7 and 8: strangers that take all connections, and connections that hardly say anything."""

import asyncio
import time

from background import Background, hindered
from clients import FAILURES, Client, one_shot
from proof import Criteria, Result, percentile, proof, shown
from server import Server

HONEST, STRANGER = "127.0.0.2", "127.0.0.3"
RETURN = 1.0  # seconds after which a stranger's closed connection comes back


async def honest_one_shots(port, seconds, per_second):
    """Uploads and downloads at a steady rate, each on a connection of its own; returns their outcomes."""
    tasks, start = [], time.monotonic()
    for number in range(int(seconds * per_second)):
        await asyncio.sleep(max(0, start + number / per_second - time.monotonic()))
        line = b'["d",""]\n' if number % 2 else f'["u","honest {number}"]\n'.encode()
        tasks.append(asyncio.create_task(one_shot(port, HONEST, line)))
    return await asyncio.gather(*tasks)


def measure_honest(server, seconds, per_second):
    """Returns the outcomes of honest one-shots, and the share of a core that the server used meanwhile."""
    used, start = server.processor_seconds(), time.monotonic()
    outcomes = asyncio.run(honest_one_shots(server.port, seconds, per_second))
    return outcomes, (server.processor_seconds() - used) / (time.monotonic() - start)


# Line 7

async def hold(port, number):
    """Holds one connection for as long as it lasts, and comes back; every other one takes a name."""
    while True:
        try:
            client = await Client.open(port, STRANGER)
            client.send(b'["d",""]\n' if number % 2 else f'["name","x{number}"]\n'.encode())
            while True:
                await client.receive()
        except FAILURES:
            pass
        await asyncio.sleep(RETURN)


async def take_all(port, count):
    await asyncio.gather(*(hold(port, number) for number in range(count)))


def reports_about(address, server):
    return sum(address in line for line in server.reports())


@proof(7, "one address takes all connections that it can get")
def taken(run):
    criteria = Criteria(run)
    seconds, per_second = run.pick(120, 8, 3), 30
    server = Server(run, wrapper=["sh", "-c", 'ulimit -n 256; exec "$@"', "-"])
    server.start()
    _, quiet = measure_honest(server, run.pick(20, 4, 1), per_second)
    with Background(take_all, server.port, 400):
        # The first reports are a burst that the server allows; what counts is how it goes on.
        time.sleep(run.pick(10, 3, 1))
        burst = reports_about(STRANGER, server)
        with hindered(run, server, stopped=11, running=3600):
            outcomes, busy = measure_honest(server, seconds, per_second)
        reports = reports_about(STRANGER, server) - burst
    served = sum(is_done for is_done, _ in outcomes)
    share, extra = served / len(outcomes), busy - quiet
    criteria.require(share >= 0.999, f"only {served:,} of {len(outcomes):,} honest one-shots are served")
    criteria.require_figure(extra <= 0.05, f"the stranger costs {extra:.1%} of a core")
    criteria.require_figure(reports <= seconds, f"{reports:,} reports about the stranger in {seconds} s")
    criteria.require(server.stop() == 0, "the server does not stop with 0")
    return Result(
        f"{served:,} of {len(outcomes):,} honest one-shots served ({share:.2%}), slowest "
        f"{shown(max(took for _, took in outcomes))}; the stranger costs {extra:.1%} of a core and "
        f"{reports:,} reports in {seconds} s, after {burst:,} at first",
        {"served": served, "of": len(outcomes), "core_share": extra, "quiet_core_share": quiet, "reports": reports,
         "first_reports": burst}, criteria.problems)


# Line 8

async def drip(port, outcomes):
    """Sends one byte of a request every five seconds; notes the seconds from the connection's start to its end."""
    try:
        client = await Client.open(port, STRANGER)
    except OSError:
        outcomes.append(None)
        return
    start = time.monotonic()
    ended = asyncio.create_task(client.reader.read())
    for byte in b'["u","a request that never gets to its end':
        try:
            client.send(bytes([byte]))
        except FAILURES:
            break
        if (await asyncio.wait([ended], timeout=5))[0]:
            break
    try:
        await ended
    except OSError:
        pass
    outcomes.append(time.monotonic() - start)
    client.close()


async def drip_all(port, count, per_second):
    """Opens the connections at a steady rate, and honest uploads beside them."""
    outcomes, start = [], time.monotonic()
    honest = asyncio.create_task(honest_one_shots(port, count / per_second + 11, 10))
    drips = []
    for number in range(count):
        drips.append(asyncio.create_task(drip(port, outcomes)))
        await asyncio.sleep(max(0, start + number / per_second - time.monotonic()))
    await asyncio.gather(*drips)
    return outcomes, await honest


@proof(8, "connections that send one byte each five seconds")
def dripping(run):
    criteria = Criteria(run)
    count = run.pick(5000, 1000, 100)
    server = Server(run)
    server.start()
    with hindered(run, server, stopped=12, running=3600):
        outcomes, honest = asyncio.run(drip_all(server.port, count, 1000))
    times = [seconds for seconds in outcomes if seconds is not None]
    served = sum(is_done for is_done, _ in honest)
    criteria.require(len(times) == count, f"{count - len(times)} connections were not accepted")
    # Seen from the client, and so with the time of both event loops.
    criteria.require_figure(max(times) <= 10.5, f"a connection was closed only after {max(times):.2f} s")
    criteria.require(served == len(honest), f"only {served} of {len(honest)} honest uploads are served")
    criteria.require(server.stop() == 0, "the server does not stop with 0")
    return Result(
        f"{len(times):,} connections closed after {percentile(times, 0.5):.2f} s, at most {max(times):.2f} s; "
        f"{served} of {len(honest)} honest one-shots served",
        {"closed": len(times), "slowest_s": max(times), "honest": served, "of": len(honest)}, criteria.problems)
