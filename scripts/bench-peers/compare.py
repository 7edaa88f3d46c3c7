"""The comparison of this run with an earlier one, row by row."""

import json

from processes import BenchError
from table import shown

WORSE = 0.97  # of before; a smaller difference is the noise of a shared machine
HEADER = "| what | peer | before | now | now / before | |\n|---|---|---|---|---|---|"


def earlier_run(path):
    """The run that `--json` wrote to a file."""
    try:
        run = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise BenchError(f"{path} cannot be read: {error}") from None
    try:
        for row in run["rows"]:
            row["what"], row["peer"], row["unit"], row["ttweet"], row["ratio"]
        run["rounds"], run["machine"], run["versions"]["ttweet"]
    except (KeyError, TypeError):
        raise BenchError(f"{path} is not a file that --json wrote") from None
    return run


def key(row):
    return row["what"], row["peer"]


def value(row):
    """The figure to compare: the ratio to the peer, or ttweet's own if the row has no peer by its nature."""
    return row["ratio"] if row["peer"] else row["ttweet"]


def text(row):
    if value(row) is None:
        return "–"
    return f"{value(row):.3g}" if row["peer"] else shown(value(row), row["unit"])


def comparison(before, now):
    """Compares two lists of rows in the form of `Row.json`.

    Returns the lines of a Markdown table with a row for each of `now`, the number of rows that could be compared, and
    the number of those that are worse.
    """
    earlier = {key(row): row for row in before}
    lines, compared, worse = [HEADER], 0, 0
    for row in now:
        old = earlier.get(key(row))
        left, change, mark = "–", "–", ""
        if old is None:
            mark = "new row"
        else:
            left = text(old)
            if value(old) and value(row):
                compared += 1
                quotient = value(row) / value(old)
                change = f"{quotient:.3f}"
                # The goal says which direction is better: ≥ for rates, ≤ for times and memory.
                gain = quotient if row["goal"].startswith("≥") else 1 / quotient
                if gain < WORSE:
                    worse += 1
                    mark = "**worse**"
            else:
                mark = "no figure to compare"
        lines.append(f"| {row['what']} | {row['peer'] or '–'} | {left} | {text(row)} | {change} | {mark} |")
    return lines, compared, worse


def print_comparison(path, before, now, everything):
    """Prints this run's rows beside those of an earlier run.

    `everything` says whether this run measured every group; the table then names rows that only the earlier run has.
    """
    lines, compared, worse = comparison(before["rows"], now)
    print(f"\nCompared with {path}: {before['rounds']} rounds of {before['versions']['ttweet']} on: "
          f"{before['machine']}.\n")
    print("\n".join(lines))
    if everything:
        measured = {key(row) for row in now}
        for row in before["rows"]:
            if key(row) not in measured:
                print(f"| {row['what']} | {row['peer'] or '–'} | {text(row)} | – | – | only before |")
    if compared == 0:
        raise BenchError(f"{path} has no figure to compare with")
    print(f"\n{worse} of {compared} rows are worse than {WORSE} of before.")
