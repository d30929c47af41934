"""Faults of what came: it is not what was asked for, or not all of it, or not meant well."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd

from tests.faults.fault import After, Fault, true_of
from tests.faults.network import GRAPH, KEPT, NEW, wire
from tests.origins import faults
from tests.origins.french import zipped
from tests.origins.server import Answer, Wire
from tests.origins.town import ARCHIVE, CONTRACTS, INDEX, PRICES, RATES, SIZE, STRIP, Town

Result = dict[str, Any]


def fred(fault: faults.Fault) -> Callable[[Town], None]:
    return wire(fault, of="fred", where=GRAPH)


def alfred(content: bytes) -> Callable[[Town], None]:
    return wire(faults.body(content), of="fred", where="observations")


def french(fault: faults.Fault) -> Callable[[Town], None]:
    return wire(fault, of="french", where="zip")


def edited(change: Callable[[Result], object]) -> Callable[[Town], None]:
    """Yahoo's chart of the small caps, with something changed in its JSON."""

    def fault(at: Wire, answer: Answer) -> None:
        chart = json.loads(answer.content)
        change(chart["chart"]["result"][0])
        at.send(replace(answer, content=json.dumps(chart).encode()))

    return wire(fault)


def rewritten(change: Callable[[str], str]) -> faults.Fault:
    """The text of an answer, changed."""
    return lambda at, answer: at.send(replace(answer, content=change(answer.content.decode()).encode()))


def unzipped(change: Callable[[str], str]) -> faults.Fault:
    """The text in an archive, changed."""

    def fault(at: Wire, answer: Answer) -> None:
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            text = archive.read(f"{ARCHIVE}.csv").decode()
        at.send(replace(answer, content=zipped({f"{ARCHIVE}.csv": change(text)})))

    return fault


def quote(result: Result) -> dict[str, list[Any]]:
    return dict(result["indicators"]["quote"][0])


def closes(value: Callable[[float], object], *, last: int = 1) -> Callable[[Town], None]:
    """The last closes, each replaced."""

    def change(result: Result) -> None:
        values = quote(result)["close"]
        values[-last:] = [value(close) for close in values[-last:]]

    return edited(change)


def encrypted(at: Wire, answer: Answer) -> None:
    """The flag of encryption is in the local header and in the directory."""
    content = bytearray(answer.content)
    content[6] |= 1
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    at.send(replace(answer, content=bytes(content)))


def half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def wide(text: str) -> str:
    return "\n".join([text.splitlines()[0] + ",x" * 1_000_000, *text.splitlines()[1:]]) + "\n"


def packed_bomb(at: Wire, answer: Answer) -> None:
    """An archive of a few kilobytes that unpacks to more than may be."""
    at.send(replace(answer, content=zipped({f"{ARCHIVE}.csv": bytes(65 << 20)})))


FAULTS = (
    Fault("a web page instead of prices", wire(faults.html), "gave a web page where prices were expected; open the address", KEPT),
    Fault("a web page instead of a CSV", fred(faults.html), "DGS10: gave a web page and no data; open its address", KEPT, RATES),
    Fault("a web page instead of an archive", french(faults.html), "a web page and no archive; open", KEPT, SIZE, days=3),
    Fault("an empty answer", wire(faults.empty), "an empty answer, 4 times; try again later", KEPT),
    Fault("half a body", wire(faults.half), "the answer was cut short, 4 times; try again later", KEPT),
    Fault("half a body in chunks", fred(faults.half_chunked), "the answer was cut short, 4 times", KEPT, RATES),
    Fault("half a body that nothing tells the length of", fred(faults.half_unannounced), "has no end, so it was cut", KEPT, RATES),
    Fault("half a chart that nothing tells the length of", wire(faults.half_unannounced), "the answer was cut short", KEPT),
    Fault("a packed answer that breaks off", fred(faults.half_zipped), "the answer was cut short", KEPT, RATES),
    Fault("an answer packed in name only", fred(faults.badly_zipped), "the answer cannot be unpacked", KEPT, RATES),
    Fault("a bomb: an answer that unpacks to 65 MB", fred(faults.bomb(65)), "larger than 64 MB, and is not taken; look", KEPT, RATES),
    Fault("an answer that says it has 100 MB", fred(faults.announced(100)), "larger than 64 MB, and is not taken; look", KEPT, RATES),
    Fault("garbage instead of JSON", wire(faults.garbage), "(no whole JSON where prices were expected|cut short)", KEPT),
    Fault("garbage instead of a CSV", fred(faults.garbage), "DGS10: gave no text; open its address", KEPT, RATES),
    Fault("JSON without end", alfred(b'{"observations": ['), "CPIAUCSL: gave no JSON, or half of it; try again later", KEPT, PRICES),
    Fault("JSON of 100,000 brackets", wire(faults.body(b"[" * 100_000)), "no whole JSON where prices were expected", KEPT),
    Fault("JSON of 100,000 brackets from ALFRED", alfred(b"[" * 100_000), "gave no JSON, or half of it", KEPT, PRICES),
    Fault(
        "the field of the closes has another name",
        edited(lambda result: result["indicators"]["quote"][0].update(ending=result["indicators"]["quote"][0].pop("close"))),
        "'close' is missing from the answer; if it is so tomorrow, a newer yfinance may know",
        KEPT,
    ),
    Fault(
        "a column has another name",
        fred(rewritten(lambda text: text.replace("DGS10", "TEN_YEARS", 1))),
        "its header is 'observation_date,TEN_YEARS' and not 'observation_date,DGS10'; its format has changed",
        KEPT,
        RATES,
    ),
    Fault(
        "a portfolio has another name",
        french(unzipped(lambda text: text.replace("Lo 10", "Lowest"))),
        "has no column 'Lo 10'; it has Lowest, Hi 10; correct `columns`",
        KEPT,
        SIZE,
        days=3,
    ),
    Fault("a million columns", fred(rewritten(wide)), "its header is 'observation_date,DGS10,x", KEPT, RATES),
    Fault("a header and no rows", fred(rewritten(lambda text: text.splitlines()[0] + "\n")), "has no value", KEPT, RATES, days=31),
    Fault(
        "a header and no rows, of the days since the last pull",
        fred(rewritten(lambda text: text.splitlines()[0] + "\n")),
        "",
        After.SAME,
        RATES,
    ),
    Fault(
        "a word where a number should be",
        fred(rewritten(lambda text: text[: text.rstrip().rindex(",")] + ",n/a\n")),
        "'n/a' on 2024-07-17 is no number; its format has changed",
        KEPT,
        RATES,
    ),
    Fault("a price that is a word", closes(lambda close: f"{close}!"), "which is no number", KEPT),
    Fault("a price without end", closes(lambda close: float("inf")), "column Close: is infinite on 2024-07-17; its format", KEPT),
    Fault(
        "a price that is not a number",
        closes(lambda close: float("nan")),
        "Close ends on 2024-07-16, 1 session before the last closed one",
        NEW,
        truth=lambda town: true_of(INDEX)(town).drop(pd.Timestamp("2024-07-17")),
    ),
    Fault("a price of zero", closes(lambda close: 0.0), r"must be > 0, got 0 on 2024-07-17; it came so from its origin; look at it", KEPT),
    Fault("a price below zero", closes(lambda close: -close), r"must be > 0, got -\d+\.?\d* on 2024-07-17", KEPT),
    Fault(
        "a day whose prices are empty",
        edited(
            lambda result: [
                values.__setitem__(-2, None) for values in (*quote(result).values(), result["indicators"]["adjclose"][0]["adjclose"])
            ]
        ),
        r"\^SML: no price on 2024-07-17, left out",
        NEW,
        days=2,
        truth=lambda town: true_of(INDEX)(town).drop(pd.Timestamp("2024-07-17")),
    ),
    Fault("a symbol that is not known", lambda town: town.yahoo.listings.pop("^SML"), r"unknown or delisted, says 'No data found", KEPT),
    Fault(
        "a symbol that has not traded since",
        lambda town: town.yahoo.listings.update({"^SML": replace(town.market, closes={})}),
        r"\^SML: (has no prices of these days|answered 400, unknown or delisted)",
        KEPT,
    ),
    Fault(
        "the answer is about another symbol",
        edited(lambda result: result["meta"].update(symbol="^LRG")),
        r"answers about '\^LRG'; look at the symbol",
        KEPT,
    ),
    Fault(
        "weeks where days were asked for",
        edited(lambda result: result["meta"].update(dataGranularity="1wk")),
        "answers in steps of '1wk' where days were asked for",
        KEPT,
    ),
    Fault(
        "a series that FRED does not have",
        lambda town: town.fred.series.pop("DGS10"),
        "FRED has no such series, answered 404; correct",
        KEPT,
        RATES,
    ),
    Fault(
        "an archive that is not there",
        lambda town: town.french.archives.clear(),
        "no such archive, answered 404; correct",
        KEPT,
        SIZE,
        days=3,
    ),
    Fault(
        "a contract between others is missing",
        lambda town: town.yahoo.listings.pop(CONTRACTS[1]),
        "ZQQ24.CBT.*though later months are there; try again later",
        KEPT,
        STRIP,
    ),
    Fault(
        "the last contract is not listed yet",
        lambda town: town.yahoo.listings.pop(CONTRACTS[2]),
        "ZQU24.CBT: is not known, and so the strip ends with ZQQ24.CBT",
        NEW,
        STRIP,
        truth=lambda town: true_of(STRIP)(town)["2024-07-01":],
    ),
    Fault(
        "half an archive",
        french(lambda at, answer: at.send(replace(answer, content=half(answer.content)))),
        "no whole archive, it is cut or broken; try",
        KEPT,
        SIZE,
        days=3,
    ),
    Fault("an archive that unpacks to 65 MB", french(packed_bomb), "unpacks to more than 64 MiB.*; do not use it", KEPT, SIZE, days=3),
    Fault(
        "an archive with another file in it, which leads out of the folder",
        french(faults.body(zipped({f"{ARCHIVE}.csv": "x", "../../.bashrc": "y"}))),
        r"holds '.*', '\.\./\.\./\.bashrc' and not one CSV file",
        KEPT,
        SIZE,
        days=3,
    ),
    Fault("an archive that is encrypted", french(encrypted), "is encrypted; its format has changed", KEPT, SIZE, days=3),
    Fault("a table that is cut", french(unzipped(lambda text: text[: text.rindex(",")] + "\n")), "it is cut", KEPT, SIZE, days=3),
)
