"""The morning sheet: every market's last surge, those of today first, and what changed since the sheet before."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from features.files.atomic import write_text
from forecast.report.markets.change import change_since
from forecast.report.markets.market_row import MarketRow
from forecast.runs.folder import REPORT

PAGE, SHEET = "index.html", "sheet.json"
STALE_DAYS = 10  # behind the newest market; exchanges are closed for nine days at most (China's golden weeks)


@dataclass(frozen=True)
class MorningSheet:
    """A line a market.

    Parameters
    ----------
    made : datetime
        When it was made, UTC.
    markets : list of MarketRow
        Those in a surge today first, the largest first; then those whose last surge is the latest; then those without a forecast.
    before : dict of str to MarketRow
        By name, the row of each market as it was on an earlier day of its data.
    remarks : list of str
        What went wrong beside the markets.
    """

    made: datetime
    markets: list[MarketRow]
    before: dict[str, MarketRow]
    remarks: list[str] = field(default_factory=list)

    @property
    def surges(self) -> list[MarketRow]:
        """Markets in a surge today."""
        return [row for row in self.markets if row.is_surge_today]

    @property
    def others(self) -> list[MarketRow]:
        """Markets that are in none, or have never been in one."""
        return [row for row in self.markets if not row.is_surge_today and row.failure is None]

    @property
    def failures(self) -> list[MarketRow]:
        """Markets without a run of today."""
        return [row for row in self.markets if row.failure is not None]

    @property
    def as_of(self) -> str | None:
        """The newest last session of any market."""
        return max((row.as_of for row in self.markets if row.as_of is not None), default=None)

    @property
    def stale(self) -> list[MarketRow]:
        """Markets whose data end more than STALE_DAYS days before those of the newest."""
        dated = [(row, date.fromisoformat(row.as_of)) for row in self.markets if row.as_of is not None]
        newest = max((last for _, last in dated), default=date.min)
        return [row for row, last in dated if (newest - last).days > STALE_DAYS]

    @property
    def is_old(self) -> bool:
        """Whether even the newest data ended more than STALE_DAYS days before the sheet was made."""
        return self.as_of is None or (self.made.date() - date.fromisoformat(self.as_of)).days > STALE_DAYS

    @property
    def problems(self) -> list[str]:
        """A line on each market that failed, whose data have ended, or of which something beside the run is missing."""
        lines = [f"{row.market} ({row.name}): {row.failure}" for row in self.failures]
        lines += [f"{self.title(row)}: its data end on {row.as_of}, behind those of other markets" for row in self.stale]
        return [*lines, *(f"{self.title(row)}: {remark}" for row in self.markets for remark in row.remarks), *self.remarks]

    def title(self, row: MarketRow) -> str:
        """What a market goes by: its name, or that of its experiment where several are of one market, as in a sweep.

        Parameters
        ----------
        row : MarketRow
            A line of the sheet.

        Returns
        -------
        str
        """
        return row.market if self._counts[row.market] == 1 else row.name

    @cached_property
    def _counts(self) -> Counter[str]:
        """Lines by market."""
        return Counter(row.market for row in self.markets)

    def change(self, row: MarketRow) -> str:
        """What changed in a market since the sheet before.

        Parameters
        ----------
        row : MarketRow
            A line of the sheet.

        Returns
        -------
        str
            A few words.
        """
        return change_since(self.before.get(row.name), row)


def sheet_of(rows: Sequence[MarketRow], folder: Path, made: datetime) -> MorningSheet:
    """The sheet of these rows; what changed is told by the sheet that `folder` holds, as far as it is of an earlier day of the data."""
    last = read_sheet(folder)
    earlier = {} if last is None else {row.name: _earlier(last, row) for row in rows}
    before = {name: row for name, row in earlier.items() if row is not None}
    return MorningSheet(made=made, markets=sorted(rows, key=_place), before=before)


def write_sheet(sheet: MorningSheet, folder: Path) -> None:
    """The sheet into `folder`: the page, and the file that the next one is compared with."""
    from forecast.report.html.morning_sheet import sheet_page

    reports = {row.name for row in sheet.markets if (folder / row.name / REPORT).is_file()}
    write_text(folder / PAGE, sheet_page(sheet, reports))
    write_text(folder / SHEET, TypeAdapter(MorningSheet).dump_json(sheet, indent=1).decode())


def read_sheet(folder: Path) -> MorningSheet | None:
    """The sheet in `folder`; None where there is none that can be read: it is compared with, and nothing else."""
    try:
        return TypeAdapter(MorningSheet).validate_json((folder / SHEET).read_bytes())
    except (OSError, ValidationError):
        return None


def _earlier(last: MorningSheet, row: MarketRow) -> MarketRow | None:
    """The row of the same market in the last sheet or, where that is of the same day of its data, the one which that was compared with."""
    before = next((each for each in last.markets if each.name == row.name), None)
    if before is None or before.as_of is None or before.as_of == row.as_of:
        return last.before.get(row.name)
    return before


def _place(row: MarketRow) -> tuple[int, float, str]:
    """Order of the sheet."""
    if row.surge is None:
        return 3 if row.failure else 2, 0.0, row.name
    if row.surge.is_today:
        return 0, -row.surge.sigmas, row.name
    return 1, -float(date.fromisoformat(row.surge.session).toordinal()), row.name
