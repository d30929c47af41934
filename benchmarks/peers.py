"""`python -m benchmarks.peers [TOPIC ...] [--json FILE]`: every engine beside its peers, as a table and as JSON."""

import argparse
import importlib
import json
import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.row import Row

TOPICS = ("features", "garch", "regimes", "msgarch", "passage", "walk_forward", "recovery", "growth", "evaluation")


def main() -> int:
    """Exit code 0 where every figure is within its bound, 1 where one is not, 2 where a peer or a folder of data is missing."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("topics", nargs="*", help=f"of {', '.join(TOPICS)}; all by default")
    parser.add_argument("--json", type=Path, help="write the rows here as well")
    arguments = parser.parse_args()
    unknown = set(arguments.topics) - set(TOPICS)
    if unknown:
        parser.error(f"no topic {', '.join(sorted(unknown))}; there are {', '.join(TOPICS)}")
    screen, results = Console(width=120), list[Row]()
    for topic in arguments.topics or TOPICS:
        screen.print(f"{topic} ...", style="dim")
        try:
            rows = list(importlib.import_module(f"benchmarks.{topic}").rows())
        except ModuleNotFoundError as error:
            parser.error(f"{topic}: {error.name} is not installed; it comes with the extra: pip install '.[bench]'")
        except LookupError as error:
            parser.error(f"{topic}: {error.args[0]}")
        screen.print(_table(topic, rows))
        results.extend(rows)
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(row) for row in results], indent=1, default=bool) + "\n")
    return 0 if all(row.met for row in results) else 1


def _table(topic: str, rows: list[Row]) -> Table:
    table = Table(title=topic.replace("_", " "))
    for name in ("figure", "setting", "peer", "ours", "theirs", "unit", "ratio", "bound", ""):
        table.add_column(name, justify="right" if name in ("ours", "theirs", "ratio") else "left")
    for row in rows:
        numbers = ("" if value != value else f"{value:.5g}" for value in (row.ours, row.theirs, row.ratio))  # noqa: PLR0124
        mine, other, ratio = numbers
        table.add_row(
            row.topic, row.setting, row.peer, mine, other, row.unit, ratio, row.bound, ("yes" if row.met else "NO") if row.bound else ""
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
