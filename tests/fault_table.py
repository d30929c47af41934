"""The page of faults, from the very runs of the table: python -m tests.fault_table docs/howto/faults.md"""

import os
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest

from tests.faults import GROUPS
from tests.faults.fault import After, Fault, tried
from tests.origins.fred import KEY
from tests.origins.town import ODDS, Town, odds, streets

HEAD = """# What goes wrong with live data

Every line below is played by the tests: origins on this machine answer as the real ones do, one thing goes wrong, and the line is what
`python -m forecast data pull` or `train --data live` then says. Stored data are never touched: each run compares every file of the
store, byte for byte, with what it was, and the next good pull puts all in order. Exit code 0: the forecast goes on, and says what is
doubtful; 2: something has to be looked at, and a forecast goes on from the stored data until they are older than `max_age`.

`STORE` is the folder of the store, `yahoo`, `fred` and `french` are the addresses of [live.origins]; dates and numbers are made up. The page
is made by `python -m tests.fault_table docs/howto/faults.md`.
"""
JUDGED = """
## What is believed

An answer is compared with the stored table. It is refused, and the stored table stays in force, where

- a hundredth of a column's values, and more than five, are no longer there;
- more than half of them are others than before, by 5 % at the median and not by one factor; of prices also where a month or more of them are
  others by 20 %;
- all are a power of ten times what they were, or, of what is no price, any one factor: the unit changed;
- what is new goes on at a hundred times the last value, or a hundredth, within 30 %; of rates, only where that is half a percentage point or
  more, since they may go from 0.01 to 1 near zero; of what goes round zero, as returns do, by the size of ten new values and more.

- prices are in another currency, or a column holds what another one held: opens and closes have changed places;
- a new value of a year-old series is ten or a hundred times the one before, within 30 %, or a rate is exactly 0, half a percentage point or more
  away, beyond every step of five years; or a rate moves by three times the largest step that it ever made in five years and more, or by ten times that of a year and more;
- a new high lies below its low.

It is taken and said where a new step is more than twice the largest before (of rates in five years, by half a point or more; of prices by a
factor of 1.5 or more), where a close or an open lies outside of low and high, and where a series that moves on nine days in ten has stood for
five and more than twice as often as ever.

A split or a new base, one factor for all of a price's values, is taken and told. `data pull --accept FILE` takes what was refused, once
somebody has looked at it. What is not read by the experiment, such as volumes, is kept and asked nothing.

Of the real histories that the project was made with, 1926 to 2024, replayed session by session (123,118 comparisons) and in steps of a week, a
month, a quarter and a year (32,957), none is refused: not the crash of 1987, the VIX of February 2018 and March 2020, bills at zero. Of their
1,324,094 values, each taken for new after those before it, none is refused either, 25 are said (most in June 1928 and October 1929, of yields in
October 1979 and October 1987), no bar of eight indices is doubted, and no series is taken for frozen.
"""


def page() -> str:
    """The page in Markdown."""
    parts = [HEAD]
    with TemporaryDirectory() as folder, streets() as origins, pytest.MonkeyPatch.context() as patch:
        patch.setenv("FRED_API_KEY", KEY)
        first = Town(Path(folder) / "good", origins, patch)
        first.place.mkdir()
        first.drop(ODDS, odds(pd.Timestamp("2024-07-16")))
        assert first.pull().returncode == 0
        for group, faults in GROUPS.items():
            parts.append(
                f"\n## {group}\n\n| what goes wrong | what is said | what the store has then | exit code |\n| --- | --- | --- | ---: |\n"
            )
            for number, fault in enumerate(faults):
                place = Path(folder) / f"{group}-{number}"
                place.mkdir()
                parts.append(_row(fault, Town(place, origins, patch), first.store.folder))
    return "".join([*parts, JUDGED])


def _row(fault: Fault, town: Town, good: Path) -> str:
    try:
        line = tried(fault, town, good).line
        bases = dict(town.bases)
    finally:
        for each in town.open:
            each.close()
    said = plain(line, town, bases) or "nothing: all is well"
    after = f"{fault.after.value}{'' if fault.after is After.NONE else f' (`{fault.file}`)'}"
    return f"| {fault.name} | {said} | {after} | {fault.code} |\n"


def plain(line: str, town: Town, bases: dict[str, str]) -> str:
    """Without addresses and folders of this machine, as Markdown has it in a cell."""
    for name, base in bases.items():
        line = line.replace(base.partition("://")[2], name)
    line = line.replace(str(town.store.folder), "STORE").replace(str(town.place), "FOLDER").replace(sys.prefix, "PYTHON")
    line = re.sub(r"127\.0\.0\.1:\d+", "yahoo", line)
    return re.sub(r"([|\\<>*_`^\[\]])", r"\\\1", line)


def main(path: str) -> None:
    """Writes the page."""
    Path(path).write_text(page(), "utf-8")


if __name__ == "__main__":
    os.environ.setdefault("COLUMNS", "100")
    main(sys.argv[1])
