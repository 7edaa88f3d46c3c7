"""The measurements, as rows of a Markdown table and as JSON."""

from dataclasses import dataclass, field
from statistics import median

HEADER = "| what | ttweet | peer | ratio | goal | reached |\n|---|---|---|---|---|---|"


@dataclass
class Row:
    """One comparison: ttweet's samples and, round for round, the peer's.

    The goal applies to the median of the ratios of the rounds, or, if the goal by its nature has no peer
    (`peer` is None), to the median itself. A row without a goal is for information.
    """

    what: str
    unit: str  # "/s", "s" or "bytes"
    ours: list
    peer: str | None
    theirs: list | None  # None if the peer is not installed
    at_least: float | None = None
    at_most: float | None = None
    medians: dict = field(default_factory=dict)  # set if the medians do not come from samples

    @property
    def our_median(self):
        return self.medians.get("ours") or median(self.ours)

    @property
    def their_median(self):
        return self.medians.get("theirs") or (median(self.theirs) if self.theirs else None)

    @property
    def ratio(self):
        if "ratio" in self.medians:
            return self.medians["ratio"]
        return median(a / b for a, b in zip(self.ours, self.theirs)) if self.theirs else None

    @property
    def reached(self):
        """Whether the goal is met; None without a goal, or if the peer is not installed."""
        value = self.ratio if self.peer else self.our_median
        if value is None or self.at_least is None and self.at_most is None:
            return None
        return value >= self.at_least if self.at_least is not None else value <= self.at_most

    def goal(self):
        if self.at_least is None and self.at_most is None:
            return "–"
        sign, value = ("≥", self.at_least) if self.at_least is not None else ("≤", self.at_most)
        return f"{sign} {value} ×" if self.peer else f"{sign} {shown(value, self.unit)}"

    def markdown(self):
        peer = "–" if not self.peer else f"{self.peer}: " + (
            shown(self.their_median, self.unit) if self.their_median else "not installed")
        ratio = "–" if self.ratio is None else f"{self.ratio:.3g}"
        reached = {True: "yes", False: "**no**", None: "–"}[self.reached]
        return f"| {self.what} | {shown(self.our_median, self.unit)} | {peer} | {ratio} | {self.goal()} | {reached} |"

    def json(self):
        return {"what": self.what, "unit": self.unit, "ttweet": self.our_median, "peer": self.peer,
                "peer_figure": self.their_median, "ratio": self.ratio, "goal": self.goal(), "reached": self.reached,
                "samples": {"ttweet": self.ours, "peer": self.theirs} if self.ours else self.medians}


def shown(value, unit):
    """A figure with three digits, in the unit that reads best."""
    if unit == "/s":
        return f"{value / 1e6:.2f} M/s" if value >= 1e6 else f"{value:,.0f}/s"
    if unit == "bytes":
        return f"{value / 1024:.3g} KiB"
    return f"{value:.3g} s" if value >= 1 else f"{value * 1e3:.3g} ms" if value >= 1e-3 else f"{value * 1e6:.3g} µs"
