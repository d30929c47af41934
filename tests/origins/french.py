"""French's data library as it answers: an archive of one text with several tables, of numbers made up."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tests.origins.server import Answer, Request

PREAMBLE = """This file was created using the 202412 CRSP database.
It contains value- and equal-weighted returns for portfolios formed on ME and BEME.

The portfolios are constructed at the end of June.
Annual returns are from January to December.

Missing data are indicated by -99.99 or -999.

"""
COPYRIGHT = "\nCopyright 2024 Eugene F. Fama and Kenneth R. French\n"
BOOK_TO_MARKET = """  For portfolios formed in June of year t
  Value Weight Average of BE/ME Calculated for June of t to June of t+1 as:\x20
  Sum[ME(Mth) * BE(Fiscal Year t-1) / ME(Dec t-1)] / Sum[ME(Mth)]
  Where Mth is a month from June of t to June of t+1
  and BE(Fiscal Year t-1) is adjusted for net stock issuance to Dec t-1"""
BOOK_TO_JUNE = """  For portfolios formed in June of year t
  Value Weight Average of BE_FYt-1/ME_June t Calculated for June of t to June of t+1 as:\x20
  Sum[ME(Mth) * BE(Fiscal Year t-1) / ME(Jun t)] / Sum[ME(Mth)]
  Where Mth is a month from June of t to June of t+1
  and BE(Fiscal Year t-1) is adjusted for net stock issuance to Jun t"""
SIZES = ("Lo 30", "Med 40", "Hi 30", "Lo 20", "Qnt 2", "Qnt 3", "Qnt 4", "Hi 20", "Lo 10", *(f"{k}-Dec" for k in range(2, 10)), "Hi 10")
PORTFOLIOS = tuple(
    {(1, 1): "SMALL LoBM", (1, 5): "SMALL HiBM", (5, 1): "BIG LoBM", (5, 5): "BIG HiBM"}.get((size, book), f"ME{size} BM{book}")
    for size in range(1, 6)
    for book in range(1, 6)
)
Table = tuple[str, Sequence[str], Sequence[str], np.ndarray]  # heading, columns, periods, values


@dataclass
class French:
    """archives : the text of each, by its name without `_CSV.zip`."""

    archives: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, request: Request) -> Answer:
        name = request.path.rsplit("/", 1)[-1].removesuffix("_CSV.zip")
        if name not in self.archives:
            return Answer(b"<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head></html>\n", 404, "text/html")
        return Answer(zipped({f"{name}.csv": self.archives[name]}), content_type="application/zip")


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    """An archive of these members."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def text_of(*tables: Table) -> str:
    """The text of an archive: preamble, tables each below its heading and header, copyright."""
    return PREAMBLE + "\n\n".join(_written(*table) for table in tables) + COPYRIGHT


def _written(heading: str, columns: Sequence[str], periods: Sequence[str], values: np.ndarray) -> str:
    rows = [f"{period}," + ",".join(f"{value:9.4f}" for value in row) for period, row in zip(periods, values, strict=True)]
    return "\n".join([*([f"  {heading.strip()}"] if heading else []), "," + ",".join(columns), *rows]) + "\n"


def months(first: int, count: int) -> list[str]:
    """Periods such as 192607, from July of `first` on."""
    return [f"{first + (6 + k) // 12}{(6 + k) % 12 + 1:02d}" for k in range(count)]
