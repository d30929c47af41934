"""`python -m tests.fuzz --cases 10000 --seed 1 [--target table]`: hostile input at random; what is found is kept in tests/fuzz/corpus."""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from forecast.models import MODELS
from tests.fuzz import panels, run_files
from tests.fuzz.mutate import mutated
from tests.fuzz.outcome import FindingError, judge
from tests.fuzz.readers import TARGETS

CORPUS = Path(__file__).with_name("corpus")
SHARES = {"panel": 0.06, "train": 0.015, "run": 0.02}  # of the cases; the readers share the rest
OF_A_PANEL = {"panel": panels.forecast, "train": panels.training}
MOST_KEPT = 200_000  # bytes of a file of the corpus


def main() -> int:
    """The number of findings, one at most as a code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--target", choices=[*TARGETS, *SHARES])
    parser.add_argument("--own", action="store_true", help="own mutations even where atheris is installed")
    options = parser.parse_args()
    findings = 0
    for name, cases in _plan(options.cases, options.target).items():
        began = time.monotonic()
        faults = list(_fuzzed(name, cases, options.seed, guided=find_spec("atheris") is not None and not options.own))
        for fault in faults:
            sys.stdout.write(f"  {fault}\n")
        sys.stdout.write(f"{name}: {cases} cases, {time.monotonic() - began:.0f} s, {len(faults)} findings\n")
        sys.stdout.flush()
        findings += len(faults)
    return min(findings, 1)


def _plan(cases: int, target: str | None) -> dict[str, int]:
    if target:
        return {target: cases}
    plan = {name: max(int(cases * share), 1) for name, share in SHARES.items()}
    left = cases - sum(plan.values())
    readers = {name: left // len(TARGETS) + (place < left % len(TARGETS)) for place, name in enumerate(TARGETS)}
    return readers | plan


def _fuzzed(name: str, cases: int, number: int, *, guided: bool) -> Iterator[str]:
    if name in OF_A_PANEL:
        yield from _of_panels(name, cases, number)
    elif name == "run":
        for case in range(cases):
            yield from _fault(name, run_files.case(number, case), json.dumps([number, case]).encode())
    elif guided:
        yield from _guided(name, cases, number)
    else:
        target, first = TARGETS[name]
        seeds = [first(), *(path.read_bytes() for path in corpus_files(name))]
        for case in range(cases):
            content = mutated(seeds, number, case)
            yield from _fault(name, lambda content=content: target(content), content)


def _of_panels(name: str, cases: int, number: int) -> list[str]:
    """Hypothesis draws the component and what is wrong; each fault is told and kept, and the rest still run."""
    faults: list[str] = []

    @seed(number)
    @settings(max_examples=cases, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(list(MODELS)), panels.WRONGS)
    def drawn(component: str, wrongs: list[panels.Wrong]) -> None:
        content = json.dumps([component, wrongs]).encode()
        faults.extend(_fault(name, lambda: OF_A_PANEL[name](component, wrongs), content))

    drawn()
    return faults


def _fault(name: str, case: Callable[[], object], content: bytes) -> Iterator[str]:
    try:
        judge(case)
    except FindingError as finding:
        yield f"{keep(name, content).name}: {finding}"


def _guided(name: str, cases: int, number: int) -> Iterator[str]:
    """Atheris in a process of its own, begun anew after each finding."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        seeds = place / "seeds"
        seeds.mkdir()
        (seeds / "first").write_bytes(TARGETS[name][1]())
        for path in corpus_files(name):
            (seeds / path.name).write_bytes(path.read_bytes())
        left, turn = cases, 0
        while left > 0:
            options = [f"-runs={left}", f"-seed={number + turn}", f"-artifact_prefix={place}/found-", "-timeout=60", "-rss_limit_mb=4096"]
            command = [sys.executable, "-m", "tests.fuzz.guided", name, str(seeds), *options, "-max_len=20000", "-print_final_stats=1"]
            done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PYTHONWARNINGS": "ignore"}, check=False)
            crashed = sorted(place.glob("found-*"))
            for path in crashed:
                errors = [line for line in (done.stdout + done.stderr).splitlines() if "FindingError: " in line or "ERROR: " in line]
                said = errors[0] if errors else done.stderr[-300:]
                yield f"{keep(name, path.read_bytes()).name}: {said}"
                path.unlink()
            left = left - max(_runs(done.stderr), 1) if crashed else 0
            turn += 1
            if not crashed and done.returncode:
                yield f"{name}: atheris ended with {done.returncode}: {done.stderr[-300:]}"


def _runs(log: str) -> int:
    """How many cases libFuzzer says it has run."""
    return next((int(line.split()[-1]) for line in log.splitlines() if line.startswith("stat::number_of_executed_units")), 0)


def corpus_files(name: str) -> list[Path]:
    """The files of the corpus for a target, each once a finding."""
    return sorted((CORPUS / name).glob("*")) if (CORPUS / name).is_dir() else []


def keep(name: str, content: bytes) -> Path:
    """The file of the corpus with `content`."""
    path = CORPUS / name / hashlib.sha256(content).hexdigest()[:12]
    if len(content) <= MOST_KEPT:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return path


if __name__ == "__main__":
    sys.exit(main())
