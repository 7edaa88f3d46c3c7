"""Lines 1 and 12: a server that is killed, stopped and reloaded under load, and stores of earlier versions."""

import asyncio
import re
import signal
import sqlite3
import statistics
import time
from contextlib import closing
from pathlib import Path

from clients import Crowd
from history import History, StoreContent, check_answers, check_files
from proof import Criteria, ProveError, Result, proof, shown
from server import Server

ROOT = Path(__file__).resolve().parents[2]
ROUNDS_PER_STORE = 20  # so that the whole history is held against the store after each round
APPLICATION = 0x74747774


async def kill_under_load(server, crowd, moment):
    """Lets the crowd work and kills the server after a time."""
    working = asyncio.create_task(crowd.run(server.port))
    await asyncio.sleep(moment)
    server.process.kill()
    await working


class KilledStore:
    """One store whose server is killed again and again."""

    def __init__(self, run, criteria, writers):
        self.run, self.criteria = run, criteria
        self.history = History()
        self.server = Server(run, "--resume")
        self.crowd = Crowd(self.history, run.random, writers)
        self.starts = []

    def prepare(self):
        self.server.start()
        self.crowd.make_accounts(self.server)
        self.server.kill()

    def round(self, number):
        if number % 5 == 4:
            # The server also has to survive a start that is cut off.
            self.server.spawn()
            time.sleep(self.run.random.uniform(0, 0.03))
            self.server.kill()
        self.starts.append(self.server.start())
        moment = self.run.random.uniform(self.run.pick(0, 0, 0.3), self.run.pick(0.4, 0.4, 0.6))
        asyncio.run(kill_under_load(self.server, self.crowd, moment))
        self.server.wait()
        self.criteria.add(check_files(self.run, self.history, self.server.data))

    def finish(self):
        """The last start: the server's own answers, and a clean stop."""
        self.starts.append(self.server.start())
        self.criteria.add(check_answers(self.history, self.server))
        self.criteria.require(self.server.stop() == 0, "the server does not stop with 0")


def quiet_start(run):
    """The seconds from exec to the first answer, of a server without load: the median of some starts."""
    server, times = Server(run), []
    for _ in range(5):
        times.append(server.start())
        server.stop()
    return statistics.median(times)


@proof(1, "kill -9 at random moments under load")
def killed(run):
    criteria = Criteria(run)
    rounds, writers = run.pick(1000, 12, 2), run.pick(50, 50, 20)
    starts, counts = [], {"acknowledged": 0, "refused": 0, "unknown": 0}
    usual = quiet_start(run)
    done = 0
    while done < rounds and not criteria.problems:
        store = KilledStore(run, criteria, writers)
        store.prepare()
        for number in range(min(ROUNDS_PER_STORE, rounds - done)):
            store.round(number)
            done += 1
            if criteria.problems:
                store.history.write(run.scratch.parent / "history-1.jsonl")
                break
        else:
            store.finish()
        starts += store.starts
        for state in counts:
            counts[state] += store.history.count(state)
    slowest = max(starts)
    criteria.require(counts["acknowledged"] > rounds, "too little was acknowledged to prove anything")
    criteria.require_figure(slowest <= 1, f"a start took {shown(slowest)}")
    return Result(
        f"{done:,} kills with {writers} writers: {counts['acknowledged']:,} acknowledged, {counts['refused']:,} "
        f"refused, {counts['unknown']:,} unknown, {len(criteria.problems)} lost, twice or out of order; serving after "
        f"{shown(statistics.median(starts))}, at most {shown(slowest)}, {slowest / usual:.1f} × a quiet start",
        {"rounds": done, **counts, "slowest_start_s": slowest, "quiet_start_s": usual}, criteria.problems)


# Line 12

async def signals_under_load(server, crowd, seconds):
    """Renames the log and sends SIGHUP again and again, then SIGTERM, while the crowd works."""
    working = asyncio.create_task(crowd.run(server.port))
    for number in range(1, 6):
        await asyncio.sleep(seconds / 6)
        # As logrotate does: rename first, then SIGHUP. Its number continues where the server's own rotation ends.
        server.log.rename(server.folder / f"log.{1000 - number}")
        server.process.send_signal(signal.SIGHUP)
        while not server.log.exists():
            await asyncio.sleep(0.001)
    await asyncio.sleep(seconds / 6)
    server.process.send_signal(signal.SIGTERM)
    await working


def lost_reports(history, reports):
    """The acknowledged uploads whose report is missing, or there twice."""
    found = {}
    for line in reports:
        match = re.search(r" message (\d+) received from \S+: (.*)$", line)
        if match:
            found[int(match[1])] = found.get(int(match[1]), 0) + 1
    acknowledged = [each.sequence for each in history.operations if each.kind == "u" and each.state == "acknowledged"]
    return [f"message {sequence} is reported {found.get(sequence, 0)} times" for sequence in acknowledged
            if found.get(sequence) != 1]


def stopped_rounds(run, criteria):
    """SIGTERM and SIGHUP under load; returns the number of acknowledged operations."""
    acknowledged = 0
    for number in range(run.pick(100, 3, 1)):
        history = History()
        # Half of the servers also rotate their log themselves.
        server = Server(run, *(["--log-max", "100K", "--log-keep", "900"] if number % 2 else []))
        crowd = Crowd(history, run.random, run.pick(50, 50, 20))
        server.start()
        crowd.make_accounts(server)
        asyncio.run(signals_under_load(server, crowd, run.random.uniform(0.3, 1.0)))
        code = server.wait()
        criteria.require(code == 0, f"SIGTERM under load ends the server with {code}")
        criteria.add(check_files(run, history, server.data))
        criteria.add(lost_reports(history, server.reports())[:5])
        acknowledged += history.count("acknowledged")
    return acknowledged


def schema_steps():
    """The migration steps in the server's own sources: a store of version N has taken the first N."""
    text = (ROOT / "Sources" / "TweetStore" / "Schema.swift").read_text()
    steps = re.findall(r'^ {8}"""\n(.*?)^ {8}""",', text, re.M | re.S)
    if len(steps) < 2 or "CREATE TABLE session" not in steps[0]:
        raise ProveError("the steps of the schema cannot be read")
    return steps


def make_store(path, steps, version, tweets):
    """A store as a server of an earlier version left it."""
    path.parent.mkdir(mode=0o700)
    with closing(sqlite3.connect(path)) as database:
        database.executescript(f"PRAGMA journal_mode = WAL; PRAGMA application_id = {APPLICATION};"
                               + "".join(steps[:version]) + f"PRAGMA user_version = {version};")
        database.execute("INSERT INTO session (number, sequence, time) VALUES (1, 1, 1700000000000)")
        database.executemany(
            "INSERT INTO tweet (sequence, time, author, upload, text) VALUES (?, 1700000000000, NULL, ?, ?)",
            [(sequence, f"old-{sequence}", f"old {sequence} #old") for sequence in tweets])
        if version >= 2:
            database.executescript("""
                INSERT INTO account VALUES ('ana', 'Ana', 9001, 9001, 1700000000000, 'x', 0, 1);
                INSERT INTO message (sequence, time, sender, recipients, upload, text)
                    VALUES (9002, 1700000000000, 'bob', 'Ana', 'old-message', 'a private one');
                INSERT INTO other_upload VALUES ('old-message', 9002);
                INSERT INTO delivery VALUES ('ana', 9002, 'bob', NULL, NULL);
                UPDATE latest SET sequence = 9001;""")
        database.commit()


def earlier_schemas(run, criteria):
    """Opens a store of each earlier version; returns their number."""
    steps = schema_steps()
    tweets = range(2, run.pick(5000, 500, 50))
    for version in range(1, len(steps)):
        server = Server(run, "--resume")
        make_store(server.data / "store.sqlite", steps, version, tweets)
        server.start(timeout=60)
        listed = [(tweet["seq"], tweet["text"]) for tweet in server.tweets()]
        expected = [(sequence, f"old {sequence} #old") for sequence in tweets]
        if run.spoils:
            expected = expected[:-1]
        criteria.require(listed == expected, f"a store of version {version} has lost tweets")
        again = server.ask('["u",{"text":"old 2 #old","id":"old-2"}]')
        criteria.require(again[1].get("seq") == 2, f"a store of version {version} stores an upload again: {again}")
        newest = server.ask('["d",{"tag":"old"}]')
        criteria.require(newest[1].get("seq") == tweets[-1], f"a store of version {version} does not find a hashtag")
        if version >= 2:
            criteria.require(server.ask('["who","ana"]')[0] == "ok", f"a store of version {version} has no account")
        criteria.require(server.stop() == 0, f"a server with a store of version {version} does not stop with 0")
        content = StoreContent(server.data)
        criteria.require(content.integrity == "ok", f"a store of version {version} becomes: {content.integrity}")
        criteria.require(version < 2 or content.deliveries == [("ana", 9002, 0)], "a private message is lost")
    return len(steps) - 1


@proof(12, "SIGTERM and SIGHUP under load, logs rotated, stores of earlier versions")
def signalled(run):
    criteria = Criteria(run)
    acknowledged = stopped_rounds(run, criteria)
    versions = earlier_schemas(run, criteria)
    return Result(
        f"{acknowledged:,} acknowledged over SIGHUP, rotation and SIGTERM, each with its report; stores of "
        f"{versions} earlier versions opened; {len(criteria.problems)} lost",
        {"acknowledged": acknowledged, "versions": versions}, criteria.problems)
