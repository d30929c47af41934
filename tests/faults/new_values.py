"""Faults of what is new: the history is what it was, and its last values cannot follow it."""

import json
from collections.abc import Callable
from dataclasses import replace

from tests.faults.fault import Fault, true_of
from tests.faults.history import WEEK, close, listed, reordered
from tests.faults.network import KEPT, NEW, wire
from tests.origins.server import Answer, Wire
from tests.origins.town import ARCHIVE, RATES, SIZE, Town, archive, truth

Row = tuple[int, dict[str, float]]  # of a chart


def rate_on(day: str, value: str) -> Callable[[Town], None]:
    """Another rate on one day."""

    def bring(town: Town) -> None:
        town.fred.series = {"DGS10": [(on, value if on == day else rate) for on, rate in town.fred.series["DGS10"]]}

    return bring


def currency(code: str) -> Callable[[Town], None]:
    def fault(at: Wire, answer: Answer) -> None:
        chart = json.loads(answer.content)
        chart["chart"]["result"][0]["meta"]["currency"] = code
        at.send(replace(answer, content=json.dumps(chart).encode()))

    return wire(fault)


def exchanged(one: str, other: str, *, last: bool = False) -> Callable[[list[Row]], list[Row]]:
    """Two prices of each row, or of the last one, in each other's place."""
    return lambda rows: [
        (stamp, values if last and (stamp, values) != rows[-1] else values | {one: values[other], other: values[one]})
        for stamp, values in rows
    ]


FAULTS = (
    Fault("a rate is 0 from one day to the next", rate_on("2024-07-17", "0"), "is 0 on 2024-07-17 after .*; a missing value", KEPT, RATES),
    Fault("a rate loses a digit", rate_on("2024-07-17", "0.52"), "to 0.52 on 2024-07-17; another unit, or a misplaced point", KEPT, RATES),
    Fault("a rate with a misplaced point", rate_on("2024-07-17", "52.3"), "to 52.3 on 2024-07-17; another unit, or a mis", KEPT, RATES),
    Fault(
        "a rate goes from 5 to 20 in a day", rate_on("2024-07-17", "20"), "to 20 on 2024-07-17, far beyond every step before", KEPT, RATES
    ),
    Fault(
        "a rate goes from 5 to 6 in a day",
        rate_on("2024-07-17", "5.93"),
        "goes from .* to 5.93 on 2024-07-17, more than twice as far as before; a wrong digit",
        NEW,
        RATES,
        truth=lambda town: true_of(RATES)(town).mask(true_of(RATES)(town).index == "2024-07-17", 5.93),
    ),
    Fault(
        "a price with a misplaced point",
        listed(lambda closes: closes | {"2024-07-17": closes["2024-07-17"] / 10}),
        "column Close: goes from .*; another unit, or a misplaced point",
        KEPT,
    ),
    Fault("a high below the low", reordered(exchanged("high", "low", last=True)), "column High: .* on 2024-07-17 is below the low", KEPT),
    Fault("opens and closes have changed places", reordered(exchanged("open", "close")), "what column Open held; have they changed", KEPT),
    Fault("prices in another currency", currency("EUR"), r"the prices of \^SML are in EUR, and were in USD; look at it", KEPT),
    Fault(
        "the last day comes twice with another close",
        reordered(lambda rows: [*rows, (rows[-1][0], rows[-1][1] | {"close": 1440.25, "high": 1460.0})]),
        "2024-07-17 came twice, with the closes .* and 1440.25; the later one is taken",
        NEW,
        truth=lambda town: close(town).mask(close(town).index == "2024-07-17", 1440.25),
    ),
    Fault(
        "a feed that stands still",
        listed(lambda closes: closes | dict.fromkeys(WEEK, closes[WEEK[0]])),
        "column Close: is .* on 6 days in a row, to 2024-07-24; a frozen feed",
        NEW,
        days=8,
        truth=lambda town: close(town).mask(close(town).index >= WEEK[0], close(town)[WEEK[0]]),
    ),
    Fault(
        "French's archive with every value missing",
        lambda town: town.french.archives.update({ARCHIVE: archive(0 * truth()["Lo 10"][:"2024-07-16"] - 99.99)}),
        "every value of 'Lo 10' is missing; open its address",
        KEPT,
        SIZE,
        days=3,
    ),
)
