"""Every driver of a day, at most as wide as the screen."""

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from features.catalogue import families
from forecast.report.text.console import show_notes
from forecast.runs.answer.drivers import Driver
from forecast.runs.answer.feature_reading import FeatureReading
from forecast.runs.answer.feature_words import feature_change, feature_title, feature_value

HIGH_SAYS = {1: "goes on", -1: "ends", 0: ""}
NUMBERS = ("value", "pctile", "change", "high says")
WIDTHS = (16, 7, 15, 9)
INDENT = "    "


def show_drivers(screen: Console, reading: FeatureReading) -> None:
    """Every driver in two lines, its numbers and what they mean, by family."""
    screen.rule(Text(f"{reading.series}, {reading.as_of}", style="bold"))
    screen.print(_opening(reading))
    room = screen.width - sum(WIDTHS)
    longest = max((cell_len(feature_title(driver.feature)) for driver in reading.drivers), default=0)
    name = min(longest + 2, room)
    docs = families()
    for family, drivers in groupby(reading.drivers, key=lambda driver: driver.family):
        screen.print()
        screen.print(Text(f"{family}: {docs[family].splitlines()[0]}", style="bold"))
        screen.print(Text(_line(("feature", *NUMBERS), name), style="dim"))
        for line in _lines(list(drivers), name, screen.width):
            screen.print(line)
    screen.print()
    show_notes(screen, reading.notes)


def _opening(reading: FeatureReading) -> Text:
    what = "a surge" if reading.is_surge else "no surge"
    gain = "not known" if reading.gain is None else f"{reading.gain:+.2%}"
    z = "" if reading.z is None else f", {reading.z:+.1f} sigma"
    return Text(
        f"{what}: {gain} in {reading.window} sessions{z}. {len(reading.drivers)} features known, {len(reading.unknown)} not. Percentile: "
        f"share of its own history since {reading.since} at or below the value. Change: over those {reading.window} sessions. "
        "High says: what a high value is said to mean, that a surge goes on or ends; not what has been measured."
    )


def _lines(drivers: Sequence[Driver], name: int, width: int) -> Iterator[Text]:
    for driver in drivers:
        feature, value = driver.feature, driver.value
        change = "" if driver.change is None else feature_change(feature, value, driver.change)
        cells = (feature_title(feature), feature_value(feature, value), f"{driver.percentile:.0%}", change, HIGH_SAYS[driver.story])
        yield Text(_line(cells, name))
        sign = textwrap.wrap(driver.sign, width - 1, initial_indent=INDENT, subsequent_indent=INDENT)
        yield Text("\n".join(sign), style="dim")


def _line(cells: Sequence[str], name: int) -> str:
    """Feature and four numbers flush right; a name that does not fit is cut."""
    numbers = "".join(cell.rjust(width) for cell, width in zip(cells[1:], WIDTHS, strict=True))
    return (set_cell_size(cells[0], name) + numbers).rstrip()
