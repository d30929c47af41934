"""Faults of TLS: certificates that do not hold, and none where one should be."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

from tests.faults.fault import After, Fault
from tests.origins import certificates, faults
from tests.origins.server import serving
from tests.origins.town import INDEX, RATES, Town

KEPT = After.KEPT
YAHOO, FRED = INDEX, RATES


@lru_cache(maxsize=1)
def made() -> dict[str, Path]:
    return certificates.make(Path(mkdtemp(prefix="certificates-")))


def secured(kind: str, of: str) -> Callable[[Town], None]:
    """The origin behind TLS with that certificate; it is closed with the town."""

    def bring(town: Town) -> None:
        stack = ExitStack()
        town.open.append(stack)
        origin = stack.enter_context(serving(town.origins[of].play, certificate=made()[kind]))
        origin.clock = town.origins[of].clock
        town.authority = str(made()["authority"])
        town.bases[of] = origin.base

    return bring


def downgraded(town: Town) -> None:
    """From a good certificate to an address without any."""
    secured("good", "fred")(town)
    stack = town.open[-1]
    assert isinstance(stack, ExitStack)
    origin = stack.enter_context(serving(town.fred, certificate=made()["good"]))
    origin.spoil(faults.redirect(f"{town.origins['fred'].base}/graph/fredgraph.csv"), times=None)
    town.bases["fred"] = origin.base


def plain(town: Town) -> None:
    town.bases["yahoo"] = town.bases["yahoo"].replace("http:", "https:")


FAULTS = (
    Fault("a certificate that holds", secured("good", "yahoo"), "", After.NEW, YAHOO),
    Fault(
        "an expired certificate", secured("expired", "yahoo"), "its certificate has expired; look at the date of this machine", KEPT, YAHOO
    ),
    Fault("an expired certificate of FRED", secured("expired", "fred"), "its certificate has expired; look at the date", KEPT, FRED),
    Fault(
        "a certificate that does not hold yet", secured("early", "fred"), "does not hold yet; look at the date of this machine", KEPT, FRED
    ),
    Fault(
        "a certificate signed by nobody known",
        secured("self_signed", "yahoo"),
        "signed by nobody whom this machine trusts; if a proxy",
        KEPT,
        YAHOO,
    ),
    Fault(
        "a certificate of another name",
        secured("misnamed", "yahoo"),
        "its certificate is of another name; look at the address",
        KEPT,
        YAHOO,
    ),
    Fault("no TLS where TLS should be", plain, "no secure connection; look at the address", KEPT, YAHOO),
    Fault("redirected from https to http", downgraded, "sends from https to http, .* which is not followed; look", KEPT, FRED),
)
