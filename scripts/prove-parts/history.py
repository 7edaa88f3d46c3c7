"""The log of what clients sent and what they were answered, and how it is held against a store.

Acknowledged means that it is in the store exactly once, with the sequence of the answer, and in order; refused means
absent; unknown (no answer, or the error `unknown`) means at most once.
"""

import hashlib
import json
import shutil
import sqlite3
import tempfile
import time
import uuid
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

SHOWN = 5  # problems of one kind that are named


@dataclass
class Operation:
    """One request that changes the store, and the answer to it."""

    kind: str  # "u", "message", "signup" or "read"
    body: dict
    stream: tuple = ()  # the connection that sent it first, and with that the order that it has to keep
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    sent: float = None
    answered: float = None
    sequence: int = None
    answer: str = None  # "ok" or the code of an error

    def line(self):
        body = self.body if self.kind in ("signup", "read") else {**self.body, "id": self.id}
        return (json.dumps([self.kind, body], ensure_ascii=False, separators=(",", ":")) + "\n").encode()

    @property
    def digest(self):
        return digest(self.body.get("text", ""))

    @property
    def state(self):
        if self.answer == "ok":
            return "acknowledged"
        return "unknown" if self.answer in (None, "unknown") else "refused"

    def logged(self):
        return {"id": self.id, "operation": self.kind, "hash": self.digest, "sent": self.sent,
                "answered": self.answered, "answer": self.answer, "seq": self.sequence}


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class History:
    """All operations of all clients, in the order in which they were sent first."""

    def __init__(self):
        self.operations = []

    def sent(self, operation):
        if operation.sent is None:
            operation.sent = time.monotonic()
            self.operations.append(operation)

    def answered(self, operation, packet):
        """Notes an answer; an operation that was sent again keeps its first acknowledgement."""
        name, body = packet
        operation.answer = "ok" if name == "ok" else body["code"]
        operation.answered = time.monotonic()
        if name == "ok":
            operation.sequence = body.get("seq")

    def count(self, state):
        return sum(operation.state == state for operation in self.operations)

    def write(self, path):
        with open(path, "w") as file:
            file.writelines(json.dumps(operation.logged()) + "\n" for operation in self.operations)


class StoreContent:
    """The content of a store's files, read from a copy, so that the server's own start finds them untouched."""

    def __init__(self, data, lacking=None):
        """Reads it; `lacking` is the sequence of a tweet to delete first, to see that its loss is noticed."""
        with tempfile.TemporaryDirectory(dir=Path(data).parent) as folder:
            for name in ("store.sqlite", "store.sqlite-wal", "store.sqlite-journal"):
                if (Path(data) / name).exists():
                    shutil.copyfile(Path(data) / name, Path(folder) / name)
            with closing(sqlite3.connect(Path(folder) / "store.sqlite")) as database:
                self.read(database, lacking)

    def read(self, database, lacking):
        self.integrity = database.execute("PRAGMA integrity_check").fetchone()[0]
        self.is_made = database.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] > 0
        if not self.is_made:
            self.uploads, self.accounts, self.deliveries, self.counts = [], {}, [], {}
            return
        if lacking is not None:
            database.execute("DELETE FROM tweet WHERE sequence = ?", (lacking,))
        rows = "SELECT upload, sequence, text FROM {}"
        self.uploads = [row for table in ("tweet", "message") for row in database.execute(rows.format(table))]
        self.accounts = dict(database.execute("SELECT name, pending FROM account"))
        self.deliveries = list(database.execute(
            "SELECT recipient, message, reading IS NOT NULL FROM delivery"))
        self.counts = dict(database.execute("SELECT recipient, sum(count) FROM pending_from GROUP BY recipient"))


def check_files(run, history, data):
    """Holds a history against a store's files and returns the problems; in a spoiled run one tweet is taken out."""
    lacking = None
    if run.spoils:
        tweets = [each.sequence for each in history.operations if each.kind == "u" and each.state == "acknowledged"]
        lacking = tweets[len(tweets) // 2] if tweets else None
    return check(history, StoreContent(data, lacking))


def check(history, store):
    """Holds a history against a store and returns the problems."""
    if store.integrity != "ok":
        return [f"the integrity check says: {store.integrity}"]
    rows = {}
    for upload, sequence, text in store.uploads:
        rows.setdefault(upload, []).append((sequence, digest(text)))
    problems = check_texts(history, rows) + check_order(history, rows) + check_people(history, store)
    foreign = rows.keys() - {operation.id for operation in history.operations}
    return problems + [f"nobody sent {upload}" for upload in list(foreign)[:SHOWN]]


def check_texts(history, rows):
    lost, twice, present, other = [], [], [], []
    for operation in history.operations:
        if operation.kind not in ("u", "message"):
            continue
        found = rows.get(operation.id, [])
        if len(found) > 1:
            twice.append(f"{operation.id} is stored {len(found)} times")
        elif operation.state == "acknowledged" and not found:
            lost.append(f"{operation.id}, acknowledged as {operation.sequence}, is lost")
        elif operation.state == "acknowledged" and found[0] != (operation.sequence, operation.digest):
            other.append(f"{operation.id}, acknowledged as {operation.sequence}, is stored as {found[0]}")
        elif operation.state == "refused" and found:
            present.append(f"{operation.id}, refused with {operation.answer}, is stored as {found[0]}")
    return [problem for problems in (lost, twice, present, other) for problem in problems[:SHOWN]]


def check_order(history, rows):
    """Each connection's uploads keep their order without a gap, and one sent after another's answer comes after it."""
    problems, streams = [], {}
    for operation in history.operations:
        if operation.kind in ("u", "message"):
            streams.setdefault(operation.stream, []).append(operation)
    for operations in streams.values():
        stored = [rows[operation.id][0][0] for operation in operations if operation.id in rows]
        if stored != sorted(stored):
            problems.append(f"the uploads of {operations[0].stream} are out of order")
        unanswered = [operation.id in rows for operation in operations if operation.answer is None]
        if unanswered != sorted(unanswered, reverse=True):
            problems.append(f"the uploads of {operations[0].stream} have a gap")
    known = [operation for operation in history.operations if operation.sequence and operation.kind != "read"]
    sent = sorted(known, key=lambda operation: operation.sent)
    answered = sorted(known, key=lambda operation: operation.answered)
    highest, index = 0, 0
    for operation in sent:
        while answered[index].answered < operation.sent:
            highest = max(highest, answered[index].sequence)
            index += 1
        if operation.sequence < highest:
            problems.append(f"{operation.id} has {operation.sequence}, but was sent after the answer with {highest}")
    return problems[:SHOWN]


def check_people(history, store):
    """Accounts, deliveries and marks of reading."""
    problems, pending = [], {}
    read = {(recipient, message) for recipient, message, is_read in store.deliveries if is_read}
    delivered = {(recipient, message) for recipient, message, _ in store.deliveries}
    asked = set()
    for operation in history.operations:
        if operation.kind == "signup":
            is_there = operation.body["name"] in store.accounts
            if operation.state == "acknowledged" and not is_there or operation.state == "refused" and is_there:
                problems.append(f"the account {operation.body['name']}, {operation.state}, is there: {is_there}")
        elif operation.kind == "read":
            marks = {(operation.stream[0], sequence) for sequence in operation.body["seqs"]}
            asked |= marks
            if operation.state == "acknowledged" and not marks <= read:
                problems.append(f"{marks - read} were acknowledged as read")
        elif operation.kind == "message" and operation.state == "acknowledged":
            missing = {(name, operation.sequence) for name in operation.body["to"]} - delivered
            if missing:
                problems.append(f"{missing} are not delivered")
    if read - asked:
        problems.append(f"nobody read {list(read - asked)[:SHOWN]}")
    for recipient, _, is_read in store.deliveries:
        pending[recipient] = pending.get(recipient, 0) + (not is_read)
    for name, count in store.accounts.items():
        if count != pending.get(name.lower(), 0):
            problems.append(f"{name} has {pending.get(name.lower(), 0)} pending messages, not {count}")
        if count != store.counts.get(name.lower(), 0):
            problems.append(f"{name} has {count} pending messages, but {store.counts.get(name.lower(), 0)} by sender")
    return problems[:SHOWN]


def check_answers(history, server):
    """Holds a history against the server's own list of tweets."""
    listed = server.tweets()
    sequences = [tweet["seq"] for tweet in listed]
    if sequences != sorted(set(sequences)):
        return ["the server lists tweets out of order, or twice"]
    texts = {tweet["seq"]: digest(tweet["text"]) for tweet in listed}
    wrong = [operation.id for operation in history.operations if operation.kind == "u"
             and operation.state == "acknowledged" and texts.get(operation.sequence) != operation.digest]
    return [f"the server does not list {id}, which it acknowledged" for id in wrong[:SHOWN]]
