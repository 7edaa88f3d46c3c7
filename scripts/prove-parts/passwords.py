"""Lines 9 and 10: guesses, sign-ups and names in masses, and what a wrong password tells about an account."""

import asyncio
import math
import statistics
import time
from collections import Counter

from clients import FAILURES, Client, address, one_shot
from proof import Criteria, Result, mebibytes, proof, shown
from server import Server

OWNER = {"name": "owner", "password": "correct horse"}
KNOWN, ELSEWHERE, STRANGER = "127.0.0.2", "127.0.0.4", "127.0.0.3"
# Two passwords are hashed at once, each with 64 MiB; what is left is for thousands of connections and their records.
MEMORY = 2 * (64 << 20) + (64 << 20)


async def log_in(port, source):
    """The owner's log-in, as a client does it that retries while the server is busy; returns the seconds, or None."""
    start = time.monotonic()
    while time.monotonic() < start + 30:
        try:
            client = await Client.open(port, source)
            async with asyncio.timeout(30):
                operation, body = await client.ask("login", OWNER)
            client.close()
        except (*FAILURES, TimeoutError):
            return None
        if operation == "ok":
            return time.monotonic() - start
        if body["code"] != "busy":
            return None
        await asyncio.sleep(0.5)
    return None


class Flood:
    """Clients that send one request after another until they have sent enough; it counts the answers."""

    def __init__(self, port, total):
        self.port, self.left = port, total
        self.answers = Counter()

    async def client(self, source, request, pause):
        try:
            client = await Client.open(self.port, source)
            while self.left > 0:
                self.left -= 1
                operation, body = await client.ask(*request(self.left))
                self.answers[body["code"] if operation == "error" else "ok"] += 1
                await asyncio.sleep(pause)
            client.close()
        except FAILURES:
            self.answers["closed"] += 1

    async def run(self, sources, request, pause, owner_sources=()):
        """Floods, and lets the owner log in meanwhile; returns the owner's seconds for each of his addresses."""
        flooding = asyncio.gather(*(self.client(source, request, pause) for source in sources))
        times = {source: [] for source in owner_sources}
        while not flooding.done():
            for source in owner_sources:
                times[source].append(await log_in(self.port, source))
            await asyncio.wait([flooding], timeout=0.5)
        return times


def guess(number):
    return "login", {"name": "owner", "password": f"wrong guess {number}"}


def sign_up(number):
    return "signup", {"name": f"flood{number}", "password": "correct horse"}


def guesses_of_one(server, run, criteria, figures):
    """Many guesses from one address: few are checked."""
    flood, start = Flood(server.port, run.pick(10_000, 2000, 200)), time.monotonic()
    asyncio.run(flood.run([STRANGER] * 20, guess, run.pick(0.05, 0.02, 0.01)))
    seconds = time.monotonic() - start
    checked = flood.answers["wrong_password"]
    # Four under way, each delayed by up to 4 s, after the free failures and the shorter delays.
    criteria.require(checked <= 30 + seconds, f"{checked} guesses of one address are checked in {seconds:.0f} s")
    criteria.require(flood.answers["busy"] > 0, f"no guess was refused: {dict(flood.answers)}")
    figures["one_address"] = dict(flood.answers)
    return f"{checked} of {sum(flood.answers.values()):,} guesses of one address checked in {seconds:.0f} s"


def guesses_of_many(server, run, criteria, figures):
    """Guesses at one account from many addresses: the owner gets in."""
    count = run.pick(1000, 200, 20)
    flood = Flood(server.port, run.pick(10_000, 400, 60))
    sources = [address(number, 2) for number in range(count)]
    times = asyncio.run(flood.run(sources, guess, 0.5, [KNOWN, ELSEWHERE]))
    failed = sum(took is None for source in times for took in times[source])
    slowest = {source: max((took for took in times[source] if took is not None), default=math.inf) for source in times}
    criteria.require(failed == 0, f"{failed} of the owner's log-ins fail while {count} addresses guess")
    criteria.require_figure(slowest[KNOWN] <= 2, f"the owner's log-in takes {slowest[KNOWN]:.2f} s from a known one")
    owner = {"owner_known_s": slowest[KNOWN], "owner_elsewhere_s": slowest[ELSEWHERE]}
    figures["many_addresses"] = {**flood.answers, **owner}
    return (f"guesses from {count:,}: the owner logs in within {shown(slowest[KNOWN])} "
            f"(from elsewhere {shown(slowest[ELSEWHERE])})")


def sign_ups(server, run, criteria, figures):
    """Sign-ups from many addresses: they wait for each other, and not the owner for them."""
    count = run.pick(1000, 200, 20)
    flood = Flood(server.port, run.pick(10_000, 400, 60))
    sources = [address(number, 3) for number in range(count)]
    times = asyncio.run(flood.run(sources, sign_up, 0.5, [KNOWN]))[KNOWN]
    criteria.require(None not in times, "the owner cannot log in during the sign-ups")
    slowest = max(took or math.inf for took in times)
    criteria.require_figure(slowest <= 2, f"the owner's log-in takes {slowest:.2f} s during sign-ups")
    figures["sign_ups"] = dict(flood.answers)
    return f"{flood.answers['ok']} of {sum(flood.answers.values()):,} sign-ups done"


async def hold_names(port, count, each, shots):
    clients, refused = [], 0
    for number in range(count * each):
        client = await Client.open(port, address(number % count, 4))
        operation, _ = await client.ask("name", f"held{number}")
        refused += operation != "ok"
        clients.append(client)
    served = [(await one_shot(port, KNOWN))[0] for _ in range(shots)]
    for client in clients:
        client.close()
    return refused, sum(served)


def names(server, run, criteria, figures):
    """Names from many addresses: honest clients are served."""
    count, each, shots = run.pick(1000, 200, 20), run.pick(8, 4, 2), run.pick(1000, 100, 20)
    refused, served = asyncio.run(hold_names(server.port, count, each, shots))
    criteria.require(served == shots, f"only {served} of {shots} downloads are served beside {count * each} names")
    figures["names"] = {"held": count * each - refused, "refused": refused}
    return f"{count * each - refused:,} names held"


@proof(9, "guesses, sign-ups and names from one address and from a thousand")
def floods(run):
    criteria, figures = Criteria(run), {}
    server = Server(run)
    server.start()
    created = server.ask('["signup",{"name":"owner","password":"correct horse"}]', KNOWN)
    criteria.require(created[0] == "ok", f"the owner's sign-up: {created}")
    if run.spoils:
        # Without an account the owner cannot log in, which has to be noticed.
        server.stop()
        server = Server(run)
        server.start()
    before = server.memory()
    texts = [part(server, run, criteria, figures) for part in (guesses_of_one, guesses_of_many, sign_ups, names)]
    grown = server.memory("VmHWM") - before
    figures["memory_grown"] = grown
    criteria.require_figure(grown <= MEMORY, f"memory grows by {mebibytes(grown)}")
    criteria.require(server.stop() == 0, "the server does not stop with 0")
    return Result("; ".join(texts) + f"; memory + {mebibytes(grown)} at most", figures, criteria.problems)


# Line 10

async def timed_log_in(port, source, name):
    """One log-in with a wrong password; returns the answer's bytes and the seconds."""
    client = await Client.open(port, source)
    # The connection is accepted and its buffers are there before the time counts.
    await client.ask("ping")
    start = time.perf_counter()
    client.send(b'["login",{"name":"%s","password":"wrong horse"}]\n' % name.encode())
    line = await client.reader.readline()
    took = time.perf_counter() - start
    client.close()
    return line, took


def probability(one, other):
    """Welch's test: the probability that samples of one mean differ that much."""
    error = math.sqrt(statistics.variance(one) / len(one) + statistics.variance(other) / len(other))
    return math.erfc(abs(statistics.mean(one) - statistics.mean(other)) / error / math.sqrt(2))


async def sample(run, port, names, addresses):
    """Log-ins at existing and missing names in random order; returns the times of both, and the answers."""
    kinds = list(names.items())
    times, answers = {kind: [] for kind in names}, Counter()
    order = [(kind, name) for kind, group in kinds for name in group]
    run.random.shuffle(order)
    for kind, name in order:
        line, took = await timed_log_in(port, next(addresses), name)
        times[kind].append(took)
        answers[(kind, line)] += 1
    return times, answers


def few_each(block):
    """Addresses that are each given out three times, so that no throttle delays them."""
    number = 0
    while True:
        for _ in range(3):
            yield address(number, block)
        number += 1


@proof(10, "log-ins at existing and at missing names are not told apart")
def indistinguishable(run):
    criteria = Criteria(run)
    accounts, each = run.pick(400, 20, 3), run.pick(5, 3, 2)
    server = Server(run)
    server.start()
    for number in range(accounts):
        made = server.ask(f'["signup",{{"name":"there{number}","password":"correct horse"}}]', address(number // 25, 5))
        criteria.require(made[0] == "ok", f"a sign-up: {made}")
    chances, means, answers = [], [], Counter()
    # A difference by chance does not come back in the repetitions.
    for repetition in range(3):
        addresses = few_each(6 + repetition)
        names = {kind: [f"{kind}{number}" for number in range(accounts)] * each for kind in ("there", "gone")}
        times, got = asyncio.run(sample(run, server.port, names, addresses))
        if run.spoils:
            times["gone"] = [took * 0.5 for took in times["gone"]]
        answers += got
        chances.append(probability(times["there"], times["gone"]))
        means.append(statistics.mean(times["there"]) / statistics.mean(times["gone"]))
        if chances[-1] >= 0.01:
            break
        time.sleep(run.pick(150, 0))
    # From one address as well: the throttle must not tell anything either.
    one = {kind: [f"{kind}{number}" for number in range(min(3, accounts))] for kind in ("there", "gone")}
    answers += asyncio.run(sample(run, server.port, one, iter([STRANGER] * 12)))[1]
    lines = {line for _, line in answers}
    criteria.require(len(lines) == 1 and b"wrong_password" in next(iter(lines)), f"the answers differ: {lines}")
    criteria.require_figure(max(chances) >= 0.01, f"the times are told apart: p = {max(chances):.2g} each time")
    criteria.require(server.stop() == 0, "the server does not stop with 0")
    return Result(
        f"{sum(answers.values()):,} log-ins, same bytes; mean at existing names {means[-1]:.4f} × that at missing "
        f"ones, p = {chances[-1]:.2f} in repetition {len(chances)}",
        {"log_ins": sum(answers.values()), "p": chances, "ratio": means}, criteria.problems)
