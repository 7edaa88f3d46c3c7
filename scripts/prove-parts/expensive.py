"""Line 15: strangers that send the most expensive lines, and what that costs the others."""

import asyncio
import time
from pathlib import Path

from background import Background, hindered
from clients import FAILURES, Client, address
from crowds import honest_one_shots
from latency import SLACK, TOO_BUSY
from proof import Criteria, ProveError, Result, percentile, proof, shown
from server import Server

SEEDS = Path(__file__).resolve().parents[2] / "Tests" / "Fuzz" / "Corpus" / "cost"
STRANGER = "127.0.0.3"
DEPTH = 4  # lines that a stranger has under way


async def repeat(port, source, line):
    """Sends a line again and again, some at a time, and comes back when the connection ends."""
    while True:
        try:
            client = await Client.open(port, source)
            client.send(line * DEPTH)
            while True:
                await client.reader.readline()
                client.send(line)
        except FAILURES:
            await asyncio.sleep(0.1)


async def repeat_on_all(port, sources, line):
    await asyncio.gather(*(repeat(port, source, line) for source in sources))


async def answered(port, line, count):
    """Waits for the answers to a line that is sent some times on one connection."""
    client = await Client.open(port, STRANGER)
    client.send(line * count)
    for _ in range(count):
        await client.receive()
    client.close()


def cost(server, line, count):
    """The processor time of a line in the server."""
    used = server.processor_seconds()
    asyncio.run(answered(server.port, line, count))
    return (server.processor_seconds() - used) / count


def most_expensive(server, count):
    """The line that costs the server most, of those that the fuzz target has found."""
    lines = {path.name: path.read_bytes().split(b"\n")[0] + b"\n" for path in sorted(SEEDS.iterdir())}
    costs = {name: cost(server, line, count) for name, line in lines.items()}
    name = max(costs, key=costs.get)
    return name, lines[name], costs[name]


def honest(port, seconds, per_second):
    """The 99th percentile of honest one-shots, and how many of them were not served."""
    outcomes = asyncio.run(honest_one_shots(port, seconds, per_second))
    return percentile([took for _, took in outcomes], 0.99), sum(not is_done for is_done, _ in outcomes), len(outcomes)


@proof(15, "600 connections that send the most expensive line")
def expensive(run):
    criteria, figures, texts = Criteria(run), {}, []
    count, seconds, per_second = run.pick(600, 600, 60), run.pick(60, 6, 1), 50
    server = Server(run)
    server.start()
    name, line, took = most_expensive(server, run.pick(200, 100, 10))
    quiet, _, _ = honest(server.port, seconds, per_second)
    if run.counts_figures and quiet > TOO_BUSY:
        raise ProveError(f"the machine is too busy to compare: a p99 of {shown(quiet)} without the load")
    crowds = {"one address": [STRANGER] * count, "as many addresses": [address(number) for number in range(count)]}
    for title, sources in crowds.items():
        with Background(repeat_on_all, server.port, sources, line), hindered(run, server, stopped=11, running=3600):
            time.sleep(1)
            p99, missed, of = honest(server.port, seconds, per_second)
        criteria.require(missed == 0, f"{missed} of {of} honest one-shots are not served beside {title}")
        criteria.require_figure(
            p99 <= 3 * quiet + SLACK, f"the honest ones' p99 is {shown(p99)} beside {title}, without {shown(quiet)}")
        texts.append(f"{shown(p99)} beside {count} connections of {title}")
        figures[title] = {"p99_s": p99, "missed": missed, "of": of}
    criteria.require(server.stop() == 0, "the server does not stop with 0")
    return Result(
        f"p99 of honest one-shots: {shown(quiet)} in quiet, {', '.join(texts)} that send `{name}` "
        f"({shown(took)} each)", {"quiet_p99_s": quiet, "line_s": took, **figures}, criteria.problems)
