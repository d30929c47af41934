"""[live] of an experiment file: where each file of the data comes from with `--data live`."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from features.sources.inputs import FileName

Address = Annotated[str, Field(pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$", max_length=300)]
Symbol = Annotated[str, Field(pattern=r"^[A-Za-z0-9^][A-Za-z0-9^.=_-]{0,29}$")]
ColumnName = Annotated[str, Field(pattern=r"^[^\x00-\x1f]{1,80}$")]
SeriesId = Annotated[str, Field(pattern=r"^[A-Z0-9_]{1,40}$")]
Member = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}$")]


def _inside(pattern: str) -> str:
    if min(pattern, default=" ") < " " or "/" in pattern or "\\" in pattern:
        raise ValueError("must be a name in the folder of dropped files; leave / and \\ out")
    return pattern


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Origins(_Table):
    """Base addresses, without a slash at the end; an origin without one is not asked."""

    yahoo: Address | None = None  # charts of prices
    fred: Address | None = None  # series as CSV, without a key
    alfred: Address | None = None  # their vintages, with FRED_API_KEY
    french: Address | None = None  # archives


class FuturesStrip(_Table):
    """A future by month of delivery, m0, m1, ...: `months` contracts `root` + month code + two digits of the year + `suffix`."""

    root: Annotated[str, Field(pattern=r"^[A-Z0-9]{1,4}$")]
    suffix: Annotated[str, Field(pattern=r"^[A-Z0-9.=]{0,8}$")] = ""
    months: Annotated[int, Field(strict=True, ge=2, le=37)] = 13


class YahooItem(_Table):
    """Daily prices of Yahoo; one of symbol, columns and strip is named."""

    source: Literal["yahoo"]
    symbol: Symbol | None = None  # gives Open, High, Low, Close and Adj Close
    columns: dict[ColumnName, Symbol] = {}  # a symbol by column; gives `price` of each
    strip: FuturesStrip | None = None  # gives `price` of a future by months ahead
    price: Literal["Close", "Adj Close"] = "Close"
    exchange: str | None = None  # whose sessions these are; by default the market's

    @model_validator(mode="after")
    def _one_kind(self) -> "YahooItem":
        if sum((self.symbol is not None, bool(self.columns), self.strip is not None)) != 1:
            raise ValueError("name one of symbol, columns and strip")
        return self


class FredItem(_Table):
    """Series of FRED, a column each."""

    source: Literal["fred"]
    columns: Annotated[tuple[SeriesId, ...], Field(min_length=1)]
    vintages: bool = False  # each value as first released, with the day of that, where ALFRED can be asked
    chained: tuple[SeriesId, ...] = ()  # of which the base changes at times, as an index's does: the growth as first released

    @model_validator(mode="after")
    def _chained_are_columns(self) -> "FredItem":
        strange = next((series for series in self.chained if series not in self.columns), None)
        if strange is not None:
            raise ValueError(f"chained names {strange}, which is none of the columns")
        if len(set(self.columns)) < len(self.columns):
            raise ValueError("columns names a series twice")
        return self


class FrenchItem(_Table):
    """A table of French's data library."""

    source: Literal["french"]
    archive: Member  # its name without `_CSV.zip`
    table: Annotated[str, Field(max_length=200)] = ""  # words of the table's heading; by default the first table
    columns: dict[ColumnName, ColumnName] = {}  # the library's by ours
    measure: Literal["size valuation"] | None = None  # of the portfolios by size and book-to-market, instead of a table

    @model_validator(mode="after")
    def _one_kind(self) -> "FrenchItem":
        if bool(self.columns) == (self.measure is not None):
            raise ValueError("name either columns or a measure")
        if self.measure is not None and self.table:
            raise ValueError("a measure takes the tables that it needs; leave `table` out")
        return self


class DroppedItem(_Table):
    """Files that somebody puts into the folder of dropped files; the one last modified has the last word."""

    source: Literal["dropped"]
    pattern: Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_inside)]
    format: Literal["columns", "fedwatch"] = "columns"  # columns: a table with a Date, or Polymarket's prices; fedwatch: CME's exports


Item = Annotated[YahooItem | FredItem | FrenchItem | DroppedItem, Field(discriminator="source")]


class Live(_Table):
    """What `--data live` reads."""

    max_age: Annotated[float, Field(strict=True, gt=0, le=365)] = 5  # days since the target's last good download, and last close
    origins: Origins = Origins()
    files: dict[FileName, Item] = {}  # by the name in [inputs] or [companions]; one without an item is looked for among the dropped
