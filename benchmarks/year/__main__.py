"""`python -m benchmarks.year --sessions 250 --seed 1`: a year of mornings, and what is true at its end, as a table."""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.year.play import Played, play
from experiments.markdown import table


def shown(played: Played) -> list[str]:
    """The table, Markdown; what was changed, told and refused; then what is wrong, a line each."""
    rows = [[name, value] for name, value in played.rows()]
    lists = {"changed": played.changes, "told": played.told, "refused": played.job.refused, "WRONG": played.wrong}
    lines = [f"{name}: {line}" for name, each in lists.items() for line in each]
    return [*table(["", "found"], rows), "", *lines, *(["all true"] if not played.wrong else [])]


def main(given: list[str] | None = None) -> int:
    """0 where everything that must be true is."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks.year", description=__doc__)
    asked.add_argument("--sessions", type=int, default=250)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--trained-again", type=int, default=25, help="runs that are trained again from their vintage")
    options = asked.parse_args(given)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        played = play(Path(place), sessions=options.sessions, seed=options.seed, again=options.trained_again)
    sys.stdout.write("\n".join(shown(played)) + "\n")
    return int(bool(played.wrong))


if __name__ == "__main__":
    sys.exit(main())
