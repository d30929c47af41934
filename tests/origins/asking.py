"""What tests ask the Yahoo of this machine for, and how they look at what comes."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from features.errors import OriginError
from features.live.download import Download
from features.live.items import YahooItem as Spec
from features.live.origins.yahoo import fetch
from tests.origins import faults
from tests.origins.clock import START, client
from tests.origins.server import Origin, Request, serving
from tests.origins.yahoo import Listing, Yahoo, chart, walk

RUT = Spec(source="yahoo", symbol="^RUT")
CLOSES = walk("2024-01-02", "2024-07-16")  # weekdays, of which the tests ask only what does not hang on holidays
PLAIN = Listing(CLOSES)
CHARTS = "/v8/finance/chart/"
COLUMNS = ["Date", "Open", "High", "Low", "Close", "Adj Close"]


@contextmanager
def yahoo(**listings: Listing) -> Iterator[Origin]:
    """Symbols with RUT for ^RUT, since a name of Python has no ^."""
    with serving(Yahoo({"^" + name if name.isalpha() else name: listing for name, listing in listings.items()})) as origin:
        yield origin


def download(origin: Origin, spec: Spec = RUT, **changes: Any) -> Download:
    options = {"since": None, "now": START} | changes
    return fetch(spec, origin.base, options.pop("client", None) or client(), **options)


def refused(ask: Callable[[], object]) -> str:
    with pytest.raises(OriginError) as caught:
        ask()
    message = str(caught.value)
    assert "\n" not in message
    assert message.isprintable()
    assert ";" in message, "a remedy"
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    return message


def charts(origin: Origin) -> list[Request]:
    return [request for request in origin.requests if CHARTS in request.path]


def days(download: Download) -> list[str]:
    return [f"{day:%Y-%m-%d}" for day in download.frame["Date"]]


def rows(listing: Listing, change: Callable[[dict[str, Any]], None]) -> Any:
    """A fault: the chart of `listing` after `change` of its only result."""
    made = chart("^RUT", listing)
    change(made["chart"]["result"][0])
    return faults.body(json.dumps(made).encode())
