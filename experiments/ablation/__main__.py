"""`python -m experiments.ablation EXPERIMENT --data DIR`: writes ablation.md and ablation.png."""

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
        prog="python -m experiments.ablation", description="What each family of features is worth: left out, and alone, walk-forward."
    )
    parser.add_argument("experiment", help="experiment file (TOML)")
    parser.add_argument("--data", required=True, help="'bundled', or the folder that the experiment's inputs are read from")
    parser.add_argument("--as-of", help="last day known, YYYY-MM-DD")
    parser.add_argument("--decided", help="outcomes settled before this day decide; default 2011-01-01")
    parser.add_argument("--output", type=Path, default=Path("docs"), help="folder of ablation.md and ablation.png; default docs")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="worker processes; default, all cores")
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
    from experiments.ablation.page import About, page, tables
    from experiments.ablation.picture import draw
    from experiments.ablation.setting import settings
    from experiments.ablation.study import FIRST_HALF_ENDS, ablate
    from features.errors import InputError
    from forecast.cli.progress import shown_progress

    decided = FIRST_HALF_ENDS if given.decided is None else _day(given.decided)
    if given.jobs < 1:
        raise InputError(f"--jobs {given.jobs}: must be at least 1 worker; leave it out for all cores")
    given.output.mkdir(parents=True, exist_ok=True)
    with shown_progress() as progress:
        progress("reading the data", 0, 0)
        asked = settings(given.experiment, given.data, given.as_of)
        found = ablate(asked, decided=decided, jobs=given.jobs, progress=progress)
    sample = asked[0].sample
    data = (str(sample.sessions[0]), str(sample.sessions[-1]))
    about = About(f"{date.today():%Y-%m-%d}", asked[0].experiment.name, asked[0].market, data, asked[0].digest)
    draw(found, about, given.output / "ablation.png")
    (given.output / "ablation.md").write_text(page(found, about, "ablation.png"), "utf-8")
    sys.stdout.write("\n".join(tables(found)) + f"\n\nWritten: {given.output / 'ablation.md'}, {given.output / 'ablation.png'}\n")
    return 0


def _day(text: str) -> date:
    from features.errors import InputError

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"--decided {text}: is no date; write YYYY-MM-DD") from None


if __name__ == "__main__":
    sys.exit(main())
