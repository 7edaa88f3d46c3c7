"""Line 14, by hand: each fuzz target for a long time, and then each input of its corpus timed."""

import os
import re
import subprocess
from pathlib import Path

from proof import Criteria, ProveError, Result, proof, say

ROOT = Path(__file__).resolve().parents[2]
SEEDS, OUTPUT = ROOT / "Tests" / "Fuzz" / "Corpus", ROOT / ".build" / "fuzz"
SLOWEST = 10  # milliseconds for one input, unless a seed of the target takes longer: what it compares with may be slow
EXECUTED = re.compile(r"^Executed (.+) in (\d+) ms$", re.M)


def fuzz(target, seconds):
    """Runs a target for a time; returns the number of runs, and the last lines of its log if it found something."""
    done = subprocess.run([ROOT / "scripts" / "fuzz", target, str(seconds)], capture_output=True, text=True)
    log = (OUTPUT / f"{target}.log").read_text(errors="replace")
    found = re.search(r"^stat::number_of_executed_units: (\d+)", log, re.M)
    problem = "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    return int(found[1]) if found else 0, problem


def slow_inputs(target):
    """Times each input of the corpus, twice if it seems slow; returns the slow ones and the slowest time."""
    inputs = sorted(path for folder in (SEEDS / target, OUTPUT / "corpus" / target) if folder.exists()
                    for path in folder.iterdir() if path.is_file())
    times = timed(target, inputs)
    # The first inputs pay for the start of the process, and a shared machine stops at any time.
    for _ in range(3):
        slow = [path for path in inputs if times.get(str(path), 0) > SLOWEST]
        for name, took in timed(target, slow).items():
            times[name] = min(times[name], took)
    seeds = [took for name, took in times.items() if Path(name).parent == SEEDS / target]
    bound = max([SLOWEST, *(2 * took for took in seeds)])
    return [f"{name}: {took} ms" for name, took in times.items() if took > bound], max(times.values(), default=0)


def timed(target, inputs):
    times = {}
    for start in range(0, len(inputs), 500):
        done = subprocess.run(
            [OUTPUT / "fuzz", *inputs[start:start + 500]], capture_output=True, text=True, errors="replace",
            env={**os.environ, "TTWEET_FUZZ_TARGET": target, "SWIFT_BACKTRACE": "enable=no"})
        times |= {name: int(took) for name, took in EXECUTED.findall(done.stderr)}
    return times


@proof(14, "each fuzz target for two hours, by hand")
def fuzz_targets(run):
    criteria, figures = Criteria(run), {}
    if run.spoils:
        raise ProveError("a fuzz target cannot be spoiled from here: break a decoder")
    for target in sorted(path.name for path in SEEDS.iterdir()):
        say(f"14: {target} ...")
        runs, problem = fuzz(target, run.pick(7200, 10))
        criteria.require(not problem, f"{target}: {problem}")
        slow, slowest = slow_inputs(target)
        criteria.add(f"{target}: {each}" for each in slow)
        figures[target] = {"runs": runs, "slowest_ms": slowest}
    shown = ", ".join(f"{name} {each['runs']:,} ({each['slowest_ms']} ms)" for name, each in figures.items())
    return Result(f"runs of each target (its slowest input): {shown}; {len(criteria.problems)} findings", figures,
                  criteria.problems)
