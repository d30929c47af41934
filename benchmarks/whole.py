"""`python -m benchmarks.whole [--json FILE] [--jobs N]`: the stages of a training and every command beside it, written to docs/speed.md.

The default training runs in a process of its own, with an empty folder of compiled kernels, then with the one that it has filled, then
with the refits that the second has kept. The run is then forecast with, asked, drawn, logged and served, each in a process of its own too.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

PAGE = Path(__file__).parent.parent / "docs" / "speed.md"
WHOLE = "the whole command"
HEAD = """# Speed

Made by `python -m benchmarks.whole`, on a machine of {cores} cores, with {jobs} worker{s}. CPU is what all processes of a command have
worked, wall what a clock shows. {load:.1f} processes wanted a core on average while this was measured: with more than {cores}, CPU alone
can be compared. "Cold" compiles every kernel, which happens once; "refits kept" is the warm training once more. The package's byte
code is there, as an installation leaves it.

"""


@dataclass(frozen=True)
class Spent:
    """Seconds of one stage of a command, or of the whole: of the processor, and on a clock."""

    command: str
    stage: str
    cpu: float
    wall: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.whole", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the rows here as well")
    parser.add_argument("--jobs", type=int, default=1, help="workers of the training; by default 1, whose stages' CPU is known")
    parser.add_argument("--stages", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stages:
        print(json.dumps(stages_of_training(options.stages, options.jobs)))
        return
    rows = measured(options.jobs)
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    PAGE.write_text(page(rows, options.jobs))
    _show(rows)


def measured(jobs: int) -> list[Spent]:
    """Every row, in the order in which things are done."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        store, run = f"sqlite:///{folder}/mlflow.db", str(folder / "warm" / "run")
        kernels = {"NUMBA_CACHE_DIR": str(folder / "kernels"), "MLFLOW_TRACKING_URI": store}
        rows: list[Spent] = []
        for state, beside in {"cold": "cold", "warm": "warm", "refits kept": "warm"}.items():
            rows += _training(state, folder / beside / "run", kernels, jobs)
            _show(rows)
        commands = {
            "predict": ("predict", run),
            "ask": ("ask", run, "--fall", "5%", "--within", "21"),
            "report": ("report", run),
            "log": ("log", run, "--tracking-uri", f"{store}.again"),
        }
        for name, words in commands.items():
            rows.append(_spent(name, [sys.executable, "-m", "forecast", *words], folder, kernels)[0])
        rows.append(_spent("serve, and 200 requests", [sys.executable, "-m", "benchmarks.serving", run], folder, kernels)[0])
    return rows


def _training(state: str, run: Path, kernels: dict[str, str], jobs: int) -> list[Spent]:
    """The stages of a training into the folder `run`, and the whole of it."""
    run.parent.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "benchmarks.whole", "--stages", str(run), "--jobs", str(jobs)]
    whole, text = _spent(f"train, {state}", command, run.parent, kernels)
    stages = json.loads(text.splitlines()[-1])
    return [*(Spent(whole.command, stage, cpu, wall) for stage, (cpu, wall) in stages.items()), whole]


def stages_of_training(run: Path, jobs: int) -> dict[str, tuple[float, float]]:
    """Seconds of the processor and on a clock of each stage of the default training, in this process and in workers that have ended."""
    from forecast import api

    began = _now()
    marks: list[tuple[str, tuple[float, float]]] = []

    def progress(stage: str, _done: int, _total: int) -> None:
        if not marks or marks[-1][0] != stage:
            marks.append((stage, _now()))

    api.train(output=run, jobs=jobs, keep_history=False, progress=progress)
    names = ["imports and reading the data", *(stage for stage, _ in marks)]
    times = [began, *(at for _, at in marks), _now()]
    out: dict[str, tuple[float, float]] = {}
    for name, (cpu, wall), (later_cpu, later_wall) in zip(names, times[:-1], times[1:], strict=True):
        before = out.get(name, (0.0, 0.0))
        out[name] = before[0] + later_cpu - cpu, before[1] + later_wall - wall
    return out


def _now() -> tuple[float, float]:
    own, ended = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in (own, ended)), time.monotonic()


def _spent(name: str, command: Sequence[str], folder: Path, kernels: dict[str, str]) -> tuple[Spent, str]:
    """A command in a process of its own, and what it printed; it ends the benchmark where it fails."""
    path = os.pathsep.join([os.getcwd(), *filter(None, [os.environ.get("PYTHONPATH")])])
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    environment = os.environ | kernels | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(command, check=False, cwd=folder, env=environment, capture_output=True, text=True)
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr[-2000:]}")
    return Spent(name, WHOLE, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall), done.stdout


def page(rows: Sequence[Spent], jobs: int) -> str:
    """The page, a table."""
    lines = ["| command | stage | CPU, s | wall, s |", "| --- | --- | --: | --: |"]
    lines += [f"| {row.command} | {row.stage} | {row.cpu:.1f} | {row.wall:.1f} |" for row in rows]
    load = os.getloadavg()[2]  # of the last quarter of an hour
    return HEAD.format(cores=os.cpu_count(), jobs=jobs, s="s" * (jobs > 1), load=load) + "\n".join(lines) + "\n"


def _show(rows: Sequence[Spent]) -> None:
    table = Table("command", "stage", "CPU, s", "wall, s")
    for row in rows:
        table.add_row(row.command, row.stage, f"{row.cpu:.1f}", f"{row.wall:.1f}")
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
