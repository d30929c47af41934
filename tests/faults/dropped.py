"""Faults of dropped files: what people put into the folder, and what others may have put there."""

import gzip
import os
from collections.abc import Callable

import pandas as pd

from tests.faults.fault import After, Fault
from tests.faults.network import KEPT, NEW
from tests.origins import faults
from tests.origins.french import zipped
from tests.origins.town import ODDS, Town, odds

GOOD = odds(pd.Timestamp("2024-07-16"))
LAST = "2024-07-17"


def put(content: str | bytes, name: str = ODDS) -> Callable[[Town], object]:
    return lambda town: town.drop(name, content)


def added(*rows: str) -> Callable[[Town], object]:
    return put(GOOD + "".join(f"{row}\n" for row in rows))


def instead(name: str, content: str | bytes = b"") -> Callable[[Town], object]:
    """Another file, and the experiment's pattern that fits both; the good one is gone."""

    def bring(town: Town) -> None:
        (town.store.dropped / ODDS).unlink()
        town.drop(name, content)

    return bring


def linked(town: Town) -> None:
    """A link to a file outside the folder."""
    outside = town.place / "secrets.csv"
    outside.write_text(GOOD + f"{LAST},0.9\n")
    (town.store.dropped / ODDS).unlink()
    (town.store.dropped / ODDS).symlink_to(outside)


def circle(town: Town) -> None:
    (town.store.dropped / ODDS).unlink()
    (town.store.dropped / ODDS).symlink_to(ODDS)


def folder(town: Town) -> None:
    (town.store.dropped / ODDS).unlink()
    (town.store.dropped / ODDS).mkdir()


def pipe(town: Town) -> None:
    (town.store.dropped / ODDS).unlink()
    os.mkfifo(town.store.dropped / ODDS)


def growing(town: Town) -> None:
    """Somebody writes on while the file is read."""
    from features.live.origins import dropped

    path, table = town.drop(ODDS, GOOD), dropped.read_table

    def read(*arguments: object) -> object:
        with path.open("a") as file:
            file.write(f"{LAST},0.5\n")
        return table(*arguments)  # type: ignore[arg-type]

    town.patch.setattr(dropped, "read_table", read)


def packed(size: int) -> Callable[[Town], object]:
    def bring(town: Town) -> None:
        town.give = {ODDS: '{ source = "dropped", pattern = "odds.csv*" }'}
        (town.store.dropped / ODDS).unlink()
        town.drop("odds.csv.gz", gzip.compress(bytes(size << 20) if size else GOOD.encode())[: None if size else 200])

    return bring


def pattern(of: str) -> Callable[[Town], object]:
    return lambda town: town.give.update({ODDS: f'{{ source = "dropped", pattern = "{of}" }}'})


def parquet(town: Town) -> None:
    """Half of a Parquet file."""
    town.give = {ODDS: '{ source = "dropped", pattern = "odds.*" }'}
    (town.store.dropped / ODDS).unlink()
    path = town.store.dropped / "odds.parquet"
    pd.DataFrame({"Date": pd.bdate_range("2023-01-03", periods=99), "odds": 0.4}).to_parquet(path)
    path.write_bytes(path.read_bytes()[:1000])


FAULTS = (
    Fault("the file is taken away", lambda town: (town.store.dropped / ODDS).unlink(), r"fits '?odds.csv'?; put one there", KEPT, ODDS),
    Fault("a web page saved as a CSV", put(faults.PAGE), "odds.csv: is a web page and no data; save the table", KEPT, ODDS),
    Fault("an empty file", put(""), "odds.csv: is empty; save the table", KEPT, ODDS),
    Fault("bytes without sense", put(faults.GARBAGE), "odds.csv: is no text; save the table", KEPT, ODDS),
    Fault(
        "a spreadsheet named as a CSV",
        put(zipped({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"})),
        "odds.csv: is a workbook .*; save its sheet as CSV",
        KEPT,
        ODDS,
    ),
    Fault("text in UTF-16", put(GOOD.encode("utf-16")), "odds.csv: is text in UTF-16, .*; save it as CSV in UTF-8", KEPT, ODDS),
    Fault(
        "text of Windows",
        put(GOOD.replace("2024-07-16", "2024-07-16\u00a0").encode("cp1252")),
        "line 386 holds the byte A0, which is no UTF-8.*; save it as CSV in UTF-8",
        KEPT,
        ODDS,
    ),
    Fault(
        "a formula where a number should be",
        added(f"{LAST},\"=cmd|' /C calc'!A0\""),
        r"=cmd\|.* in column odds, row 387, is no number; leave",
        KEPT,
        ODDS,
    ),
    Fault(
        "a word where a number should be, in a file",
        added(f"{LAST},about half"),
        "'about half' in column odds, row 387, is no number; leave",
        KEPT,
        ODDS,
    ),
    Fault("no column Date", put(GOOD.replace("Date,", "Day,")), "odds.csv: no column 'Date'; ", KEPT, ODDS),
    Fault(
        "the column has another name",
        put(GOOD.replace(",odds", ",chance")),
        "odds.csv: no column 'odds'; it has Date, chance; name",
        KEPT,
        ODDS,
    ),
    Fault(
        "days as they are written elsewhere",
        put(GOOD.replace("2024-07-16", "16.07.2024")),
        "'16.07.2024' in column Date, row 386, is no date; write YYYY-MM-DD",
        KEPT,
        ODDS,
    ),
    Fault(
        "semicolons between the columns",
        put(GOOD.replace(",", ";")),
        "odds.csv: its columns are separated by semicolons; save it with commas",
        KEPT,
        ODDS,
    ),
    Fault(
        "semicolons, and commas in the numbers",
        put(GOOD.replace(",", ";").replace(".", ",")),
        "odds.csv: its columns are separated by semicolons and its numbers have decimal commas; save it with commas",
        KEPT,
        ODDS,
    ),
    Fault("a row with nothing in it", put(GOOD + f",\n\n{LAST},0.4\n,\n"), "", NEW, ODDS),
    Fault(
        "days in the clock of another place",
        put(GOOD + "2024-07-17T20:00:00+00:00,0.4\n2024-07-18 03:00:00+00:00,0.5\n"),
        "2024-07-17 stands twice with different values, 0.4 and 0.5",
        KEPT,
        ODDS,
    ),
    Fault(
        "a row with too many fields",
        added(f"{LAST},0.4,0.5,0.6"),
        "line 387 has 4 fields, and the lines above it 2.; check the file",
        KEPT,
        ODDS,
    ),
    Fault(
        "a million columns in a file",
        put("Date,odds" + ",x" * 1_000_000 + "\n"),
        "has more than 2,000 columns, which no daily history has; keep",
        KEPT,
        ODDS,
    ),
    Fault("percent where a probability should be", added(f"{LAST},45"), "45 on 2024-07-17 is no probability", KEPT, ODDS),
    Fault(
        "the same day twice with the same value", added(f"{LAST},0.4", f"{LAST},0.4"), "1 day stands twice with the same values", NEW, ODDS
    ),
    Fault(
        "the same day twice with two values",
        added(f"{LAST},0.4", f"{LAST},0.6"),
        "2024-07-17 stands twice with different values, 0.4 and 0.6",
        KEPT,
        ODDS,
    ),
    Fault("a day that is still to come, in a file", added("2030-01-02,0.4"), "2030-01-02 is still to come", KEPT, ODDS),
    Fault("rows in no order", added("2023-05-06,0.4", f"{LAST},0.4"), "its days neither rise nor fall.*; correct its rows", KEPT, ODDS),
    Fault("half of a packed file", packed(0), "odds.csv.gz: is no whole gzip file.*; ", After.ABSENT, ODDS),
    Fault("a packed file that unpacks to 130 MB", packed(130), "odds.csv.gz: .*MiB.*; check the file", After.ABSENT, ODDS),
    Fault(
        "a Parquet file that is damaged",
        parquet,
        "odds.parquet: cannot be read as parquet .it is cut, or was never one.; check the file",
        After.ABSENT,
        ODDS,
    ),
    Fault(
        "a link that leads out of the folder",
        linked,
        "odds.csv: leads out of the folder of dropped files, and was left out; copy the file itself",
        KEPT,
        ODDS,
    ),
    Fault("a link that leads to itself", circle, "odds.csv.*; ", KEPT, ODDS),
    Fault("a folder with the name of the file", folder, "fits .odds.csv.", KEPT, ODDS),
    Fault("a pipe with the name of the file", pipe, "fits .odds.csv.", KEPT, ODDS),
    Fault("a file that is being written", growing, "odds.csv: changed while it was read; run again when it is whole", KEPT, ODDS),
    Fault(
        "a pattern that leads out of the folder",
        pattern("../*.csv"),
        "pattern: must be a name in the folder of dropped files; leave / and",
        After.NONE,
        ODDS,
    ),
    Fault("a file of the name of a page", instead("<img src=x onerror=alert(1)>.csv", GOOD), "fits .odds.csv.", KEPT, ODDS),
    Fault(
        "older prices under the name of a file that has an origin",
        put("Date,Close\n2022-12-29,1990\n2022-12-30,2000\n", "index.csv"),
        "",
        NEW,
    ),
    Fault(
        "a file under the name of one that has an origin, of another kind",
        put(GOOD.replace("odds", "state").replace("0.4", "x0.4"), "rates.csv"),
        "rates.csv: its rows are told apart by Date, state, and not by Date; ",
        KEPT,
        "rates.csv",
    ),
)
