"""Makes the data that ship with the package from the publishers' tables: python -m experiments.bundle FOLDER."""

import sys
from pathlib import Path

from features.files.table import dates, read_table
from features.sources.bundled import FOLDER

TABLES = (
    "french_size_and_industry_daily",
    "french_size_valuation_monthly",
    "fed_rates_daily",
    "us_economy_monthly",
    "fred_icsa_weekly",
    "release_dates",
)


def make(source: Path) -> None:
    """Writes each table of `source`, a CSV.gz with the day in its column Date, as Parquet: the same rows, numbers to the last bit."""
    for name in TABLES:
        path = source / f"{name}.csv.gz"
        table = read_table(path, ("Date",))
        table["Date"] = dates(table["Date"], path, "Date").as_unit("ms")
        table.to_parquet(FOLDER / f"{name}.parquet", index=False, compression="zstd", compression_level=19)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
