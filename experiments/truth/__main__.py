"""`python -m experiments.truth`: writes truth.md and truth.png."""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

USER_MISTAKE, INTERRUPTED = 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 done, 2 for a mistake in what was given, in one line, 130 interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m experiments.truth", description="How near the forecaster comes to probabilities that are known."
    )
    parser.add_argument("--seeds", type=int, nargs="+", help="of the markets to simulate, one each; default 1 2 3 4 5 6")
    parser.add_argument("--output", type=Path, default=Path("docs"), help="folder of truth.md and truth.png; default docs")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="workers; default, all cores")
    given = parser.parse_args(arguments)
    from features.errors import InputError

    try:
        return _run(given)
    except InputError as error:
        sys.stderr.write(f"error: {error}\n")
    except OSError as error:
        sys.stderr.write(f"error: {error.filename or 'output'}: {error.strerror or error}\n")
    except KeyboardInterrupt:
        sys.stderr.write("interrupted: nothing was written\n")
        return INTERRUPTED
    return USER_MISTAKE


def _run(given: argparse.Namespace) -> int:
    from experiments.truth.page import About, page, tables
    from experiments.truth.picture import draw
    from experiments.truth.study import SEEDS, asked_by_default, measure, rows_of
    from features.errors import InputError
    from forecast.commands.progress import shown_progress

    if given.jobs < 1:
        raise InputError(f"--jobs {given.jobs}: must be at least 1 worker; leave it out for all cores")
    seeds = tuple(given.seeds or SEEDS)
    if min(seeds) < 0 or len(set(seeds)) < len(seeds):
        raise InputError(f"--seeds {' '.join(map(str, seeds))}: must be numbers >= 0, each once; leave it out for the default")
    given.output.mkdir(parents=True, exist_ok=True)
    asked = asked_by_default(seeds=seeds)
    with shown_progress() as progress:
        rows = rows_of(measure(asked, jobs=given.jobs, progress=progress))
    labels = tuple(question.label for question in asked.experiment.outcome.questions)
    about = About(f"{date.today():%Y-%m-%d}", asked.seeds, asked.paths, labels, asked.experiment.model.components, asked.step)
    draw(rows, given.output / "truth.png", markets=len(asked.seeds))
    (given.output / "truth.md").write_text(page(rows, about, "truth.png"), "utf-8")
    sys.stdout.write("\n".join(tables(rows)) + f"\n\nWritten: {given.output / 'truth.md'}, {given.output / 'truth.png'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
