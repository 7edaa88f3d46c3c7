"""What a proof is: its number, its criterion and its result, and the run that all proofs share."""

import random
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

SIZES = ("full", "short", "suite")


class ProveError(Exception):
    """The message to the user when a proof cannot be carried out; this is neither a pass nor a failure."""


@dataclass
class Result:
    """The outcome of one proof: a line for people, figures for programs, and the reasons if it failed."""

    text: str
    figures: dict
    problems: list = field(default_factory=list)

    @property
    def passed(self):
        return not self.problems


@dataclass
class Run:
    """The settings of one run of `scripts/prove`, and its scratch folder."""

    size: str
    release: Path
    scratch: Path
    seed: int
    processes: object
    spoils: bool = False

    def __post_init__(self):
        self.random = random.Random(self.seed)
        self.folders = 0

    def pick(self, full, short, suite=None):
        """The value for this run's size; the suite takes the short one unless it has its own."""
        if self.size == "full":
            return full
        return short if self.size == "short" or suite is None else suite

    @property
    def counts_figures(self):
        """Whether times and memory count: not in the suite, which runs debug programs on a busy machine."""
        return self.size != "suite"

    def folder(self):
        """A new folder in the scratch folder."""
        self.folders += 1
        folder = self.scratch / f"data-{self.folders}"
        folder.mkdir(parents=True)
        return folder


PROOFS = {}


def proof(number, title):
    """Registers a function that takes a `Run` and returns a `Result`."""
    def register(function):
        PROOFS[number] = (title, function)
        return function
    return register


class Criteria:
    """Gathers the problems of one proof; an empty list means that it passed."""

    def __init__(self, run):
        self.run = run
        self.problems = []

    def require(self, holds, text):
        if not holds:
            self.problems.append(text)

    def require_figure(self, holds, text):
        """Requires a figure that depends on the machine or on the build, such as a time."""
        if self.run.counts_figures:
            self.require(holds, text)

    def add(self, problems):
        self.problems += problems


def percentile(values, share):
    """The value that a share of the values does not exceed; infinity if there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("inf")


def shown(seconds):
    return f"{seconds:.3g} s" if seconds >= 1 else f"{seconds * 1e3:.3g} ms"


def mebibytes(count):
    return f"{count / 2**20:.1f} MiB"


def say(text):
    """Shows progress to a person, apart from the results."""
    print(f"prove: {text}", file=sys.stderr, flush=True)


def wait_until(condition, seconds, what, pause=0.005):
    """Waits until a condition holds; an error after the given time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(pause)
    raise ProveError(f"{what} does not happen within {seconds} s")
