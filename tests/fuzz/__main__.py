"""`make fuzz`: every target under atheris, two at a time.

    python -m tests.fuzz [--runs 1000000] [--jobs 2] [TARGET ...]

Prints how many inputs each target executed, how fast, and its peak memory. What it found interesting stays in
build/fuzz/TARGET/corpus and is where the next run begins; an input that failed lies beside it, fails this run, and is
among the first that the next tries.
"""

import argparse
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "fuzz"
MAX_MEMORY = 1024  # MiB, of a whole fuzzing process
MAX_SECONDS = 20  # for one input
CRASHES = ("crash-*", "timeout-*", "oom-*", "leak-*", "slow-unit-*")


def main() -> int:
    """Run the targets; 1 if any found something."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=1_000_000, help="executions of each target")
    parser.add_argument("--jobs", type=int, default=2, help="targets at a time")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="all if none is named: " + ", ".join(TARGETS))
    options = parser.parse_args()
    if unknown := set(options.targets) - set(TARGETS):
        parser.error("no such target: " + ", ".join(sorted(unknown)))
    print(f"{'target':<16}{'executions':>12}{'per second':>12}{'peak MiB':>10}  result", flush=True)
    with ThreadPoolExecutor(options.jobs) as pool:
        passed = list(pool.map(lambda name: fuzz(name, options.runs), options.targets or TARGETS))
    return 0 if all(passed) else 1


def fuzz(name: str, runs: int) -> bool:
    """Run one target and print its line; whether it passed."""
    folder = BUILD / name
    corpus = prepared(name, folder)
    log = folder / "log.txt"
    command = [
        *(sys.executable, "-m", "tests.fuzz.harness", name),
        *(
            f"-runs={runs}",
            f"-max_len={TARGETS[name].longest}",
            f"-rss_limit_mb={MAX_MEMORY}",
            f"-timeout={MAX_SECONDS}",
        ),
        *("-print_final_stats=1", f"-artifact_prefix={folder}/", str(corpus)),
    ]
    with log.open("wb") as output:
        status = subprocess.run(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, check=False).returncode
    text = log.read_text(encoding="utf-8", errors="replace")
    executed = _statistic(text, "number_of_executed_units")
    found = [path for pattern in CRASHES for path in folder.glob(pattern)]
    passed = status == 0 and not found and executed >= runs
    speed, memory = _statistic(text, "average_exec_per_sec"), _statistic(text, "peak_rss_mb")
    result = "passed" if passed else f"FAILED (status {status}): {', '.join(map(str, found)) or log}"
    print(f"{name:<16}{executed:>12,}{speed:>12,}{memory:>10}  {result}", flush=True)
    return passed


def prepared(name: str, folder: Path) -> Path:
    """The corpus: the seeds, what earlier runs kept, and what they failed on."""
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for data in seeds(TARGETS[name].families):
        if len(data) <= TARGETS[name].longest:
            (corpus / sha256(data).hexdigest()).write_bytes(data)
    for pattern in CRASHES:
        for path in folder.glob(pattern):
            shutil.move(path, corpus / path.name)
    return corpus


def _statistic(text: str, name: str) -> int:
    found = re.search(rf"^stat::{name}:\s+(\d+)$", text, re.MULTILINE)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    sys.exit(main())
