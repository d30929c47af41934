"""Faults of the network: on the way to an origin, and an origin that does not want."""

import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from tests.faults.fault import After, Fault
from tests.origins import faults
from tests.origins.clock import HASTY
from tests.origins.server import HERE, nowhere
from tests.origins.town import LARGE, RATES, SIZE, Town
from tests.origins.yahoo import BAD_CRUMB, TOO_MANY

CHART, GRAPH = "SML", "fredgraph"
BRIEF = replace(HASTY, tries=2)
KEPT, NEW = After.KEPT, After.NEW


def wire(fault: faults.Fault, *, of: str = "yahoo", where: str = CHART, times: int | None = None) -> Callable[[Town], None]:
    return lambda town: town.origins[of].spoil(fault, times=times, where=where)


def hanging(fault: faults.Fault, *, of: str = "yahoo", where: str = CHART) -> Callable[[Town], None]:
    def bring(town: Town) -> None:
        town.limits = BRIEF
        town.origins[of].spoil(fault, times=None, where=where)

    return bring


def base(of: str, address: Callable[[], str]) -> Callable[[Town], None]:
    return lambda town: town.bases.update({of: address()})


def deaf(town: Town) -> None:
    """A port whose queue of connections is full: the next one is neither taken nor refused."""
    town.limits = BRIEF
    listening = socket.socket()
    listening.bind((HERE, 0))
    listening.listen(0)
    full = [socket.socket() for _ in range(4)]
    for each in full:
        each.setblocking(False)
        each.connect_ex(listening.getsockname())
    town.open.extend([listening, *full])
    town.bases["yahoo"] = f"http://{HERE}:{listening.getsockname()[1]}"


def later(town: Town) -> None:
    until = faults.http_date(town.now + timedelta(seconds=30))
    town.origins["yahoo"].spoil(faults.status(429, retry_after=until), where=CHART)


def nameless() -> str:
    return "http://" + "nobody.invalid"  # RFC 6761, 6.4: a name that nobody has


FAULTS = (
    Fault("the connection is refused", base("yahoo", nowhere), "the connection was refused, 4 times; look at the network", KEPT),
    Fault("the name of the host is not known", base("yahoo", nameless), "no such host, or no network, 4 times; look at the network", KEPT),
    Fault("no connection comes about in time", deaf, "no whole answer in time, 2 times; look at the network|refused", KEPT),
    Fault("an origin never answers", hanging(faults.silent), "no whole answer in time", KEPT),
    Fault("an answer drips, a byte at a time", hanging(faults.drip(0.05)), "no whole answer in time", KEPT),
    Fault("FRED never answers", hanging(faults.silent, of="fred", where=GRAPH), "no answer within 0.5 s", KEPT, RATES),
    Fault(
        "the head of an answer drips", hanging(faults.drip_head(0.05), of="fred", where=GRAPH), "no whole answer within 0.8 s", KEPT, RATES
    ),
    Fault(
        "the connection is reset in the middle", wire(faults.reset), "the (answer was cut short|connection was broken off), 4 times", KEPT
    ),
    Fault("the connection is closed before a word", wire(faults.slammed), "the connection was broken off, 4 times", KEPT),
    Fault("a fault that passes: 503 twice, then an answer", wire(faults.status(503), times=2), "", NEW),
    Fault("answered 500, again and again", wire(faults.status(500)), "answered 500, 4 times; try again later", KEPT),
    Fault("answered 503, again and again", wire(faults.status(503), of="french", where="zip"), "answered 503, 4 times", KEPT, SIZE, days=3),
    Fault("answered 429: wait five seconds, then well", wire(faults.status(429, retry_after="5"), times=1), "", NEW),
    Fault("answered 429: wait until a time of day, then well", later, "", NEW),
    Fault(
        "answered 429: wait an hour",
        wire(faults.status(429, retry_after="3600")),
        "too many requests, answered 429 and asks for a pause of 3600 s; run it again after 2024-07-18 12:00",
        KEPT,
    ),
    Fault(
        "answered 429 without a word on how long",
        wire(faults.status(429, content=TOO_MANY)),
        "too many requests, answered 429, 4 times; try again later",
        KEPT,
    ),
    Fault("answered 403", wire(faults.status(403, content=faults.PAGE)), "answered 403, refuses; open the address in a browser", KEPT),
    Fault(
        "a crumb is refused again and again",
        wire(lambda at, _: at.send(BAD_CRUMB)),
        "answered 401, it refuses the crumb that it gave; try again later",
        KEPT,
    ),
    Fault("redirected in a circle", wire(faults.redirect_loop), "sends from one address to the next, over 5 times; look at", KEPT),
    Fault(
        "redirected to a file of this machine",
        wire(faults.redirect("file:///etc/passwd"), of="fred", where=GRAPH),
        "which is no address of the web; look at the address",
        KEPT,
        RATES,
    ),
    Fault("an answer that is not HTTP", wire(faults.no_http), "(no answer that is HTTP|was broken off)", KEPT),
    Fault(
        "one of two symbols cannot be had",
        wire(faults.status(500), where="FEAR"),
        "FEAR: answered 500, 4 times; try again later",
        KEPT,
        LARGE,
    ),
    Fault(
        "every origin is down", lambda town: town.bases.update(dict.fromkeys(town.bases, nowhere())), f"{CHART}: the connection was", KEPT
    ),
    Fault(
        "every origin is down, and nothing was ever pulled",
        lambda town: town.bases.update(dict.fromkeys(town.bases, nowhere())),
        f"{CHART}: the connection was refused, 4 times; look at the network",
        After.ABSENT,
        first=True,
    ),
    Fault("an answer out of a cache on the way, an hour old", wire(faults.aged(timedelta(hours=1))), "", NEW),
)
