"""[live] of an experiment file: where each file of the data comes from when nobody has prepared it."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from features.panel.inputs import FileName

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
    """Base addresses, without a slash at the end; an origin without one is not asked.

    yahoo : charts of prices.   fred : series as CSV, without a key.   alfred : their vintages, with FRED_API_KEY.   french : archives.
    """

    yahoo: Address | None = None
    fred: Address | None = None
    alfred: Address | None = None
    french: Address | None = None


class FuturesStrip(_Table):
    """A future by month of delivery, m0, m1, ...: contracts `root` + month code + two digits of the year + `suffix`, `months` of them."""

    root: Annotated[str, Field(pattern=r"^[A-Z0-9]{1,4}$")]
    suffix: Annotated[str, Field(pattern=r"^[A-Z0-9.=]{0,8}$")] = ""
    months: Annotated[int, Field(strict=True, ge=2, le=37)] = 13


class YahooItem(_Table):
    """Daily prices. One `symbol` gives Open, High, Low, Close, Adj Close; `columns`, a symbol by column, one price of each;
    `strip` the closes of a future by months ahead.

    exchange : whose sessions these are; default, the market's.
    """

    source: Literal["yahoo"]
    symbol: Symbol | None = None
    columns: dict[ColumnName, Symbol] = {}
    strip: FuturesStrip | None = None
    price: Literal["Close", "Adj Close"] = "Close"
    exchange: str | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "YahooItem":
        if sum((self.symbol is not None, bool(self.columns), self.strip is not None)) != 1:
            raise ValueError("name one of symbol, columns and strip")
        return self


class FredItem(_Table):
    """Series of FRED, a column each. vintages : the value and the day of each first release, where ALFRED can be asked.

    chained : those of `columns` whose base changes now and then, as an index's does; of these the growth is as first released.
    """

    source: Literal["fred"]
    columns: Annotated[tuple[SeriesId, ...], Field(min_length=1)]
    vintages: bool = False
    chained: tuple[SeriesId, ...] = ()

    @model_validator(mode="after")
    def _chained_are_columns(self) -> "FredItem":
        strange = next((series for series in self.chained if series not in self.columns), None)
        if strange is not None:
            raise ValueError(f"chained names {strange}, which is none of the columns")
        if len(set(self.columns)) < len(self.columns):
            raise ValueError("columns names a series twice")
        return self


class FrenchItem(_Table):
    """A table of French's data library: `archive` without `_CSV.zip`, the words its heading holds, and the columns, theirs by ours.

    measure : instead of a table, what `features.live.origins.size_valuation` makes of the portfolios by size and book-to-market.
    """

    source: Literal["french"]
    archive: Member
    table: Annotated[str, Field(max_length=200)] = ""
    columns: dict[ColumnName, ColumnName] = {}
    measure: Literal["size valuation"] | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "FrenchItem":
        if bool(self.columns) == (self.measure is not None):
            raise ValueError("name either columns or a measure")
        if self.measure is not None and self.table:
            raise ValueError("a measure takes the tables that it needs; leave `table` out")
        return self


class DroppedItem(_Table):
    """Files that somebody puts into the folder of dropped files: every one that `pattern` fits, later ones before earlier ones.

    format : `columns`, a table with a column Date, or prices of outcomes as Polymarket exports them; `fedwatch`, CME's exports.
    """

    source: Literal["dropped"]
    pattern: Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_inside)]
    format: Literal["columns", "fedwatch"] = "columns"


Item = Annotated[YahooItem | FredItem | FrenchItem | DroppedItem, Field(discriminator="source")]


class Live(_Table):
    """What `--data live` reads: an item a file that [inputs] or [companions] name. A file without one is looked for among the dropped.

    max_age : days since the last good download of the index asked about, and since its last close, beyond which no forecast is made.
    """

    max_age: Annotated[float, Field(strict=True, gt=0, le=365)] = 5
    origins: Origins = Origins()
    files: dict[FileName, Item] = {}
