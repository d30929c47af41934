"""Asks an origin for one address through requests, and gives its answer or one line that says why there is none."""

import os
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from features.errors import OriginError
from features.live.download import Body
from features.live.web.address import Endpoint, excerpt, with_query
from features.live.web.deadline import Deadline, WatchedAdapter
from features.live.web.limits import CLOCK, LIMITS, Clock, Limits
from features.live.web.proxy import by_way_of, proxy_for
from features.live.web.rate_limit import RateLimiter
from features.live.web.redaction import without_logs
from features.live.web.reply import Reply, TransientError, raise_for_status
from features.live.web.retry import with_retries
from features.live.web.tls_errors import tls_error
from features.live.web.transfer import CODINGS, CUT, decoded_body

PIECE = 1 << 16
REDIRECTS = {301, 302, 303, 307, 308}
NO_HTTP, ADDRESS = "no answer that is HTTP", "look at the address in [live.origins]"
NETWORK = "look at the network of this machine, or try again later"


@lru_cache(maxsize=1)
def user_agent() -> str:
    """The package and its version, so that an origin can tell who asks."""
    try:
        return f"smallcap-surge/{version('smallcap-surge')}"
    except PackageNotFoundError:
        return "smallcap-surge"


class Client:
    """Asks origins within limits; threads may share it. TLS is always verified.

    `authority` is the file of the certificates to trust; by default that of REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE, else those of certifi.
    """

    def __init__(self, limits: Limits = LIMITS, clock: Clock = CLOCK, *, authority: str | None = None) -> None:
        self.limits, self.clock = limits, clock
        self.limiter = RateLimiter(limits, clock)
        self.authority: str | bool = authority or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True

    def get(self, address: str, parameters: Mapping[str, str] | None = None, *, secret: Mapping[str, str] | None = None) -> Body:
        """The answer of `address`; no message, exception or log record ever holds the parameters in `secret`.

        OriginError, one line, where there is no answer; RefusedError where the origin answered with another status than 200.
        """
        full = with_query(address, {**(parameters or {}), **(secret or {})})
        endpoint = Endpoint.of(address)
        with without_logs() if secret else nullcontext():
            reply = with_retries(
                lambda: self._attempt(full, endpoint, secret or {}), endpoint, limits=self.limits, clock=self.clock, limiter=self.limiter
            )
        return Body(with_query(address, parameters or {}), reply.content, reply.served)

    def _attempt(self, address: str, endpoint: Endpoint, secret: Mapping[str, str]) -> Reply:
        """One request with its redirects."""
        with Deadline(self.limits.whole) as deadline, requests.Session() as session:
            session.trust_env = False  # neither passwords of .netrc nor a proxy that no message names
            adapter = WatchedAdapter(deadline)
            for scheme in ("http://", "https:" + "//"):
                session.mount(scheme, adapter)
            session.headers.update({"User-Agent": user_agent(), "Accept": "*/*", "Accept-Encoding": CODINGS})
            try:
                for _ in range(self.limits.redirects + 1):
                    reply = self._exchange(session, address, endpoint)
                    if deadline.passed:  # a connection that is shut looks like the end of a body of unknown length
                        raise TransientError(CUT)
                    if reply.status not in REDIRECTS:
                        raise_for_status(reply, endpoint, self.clock.now(), secret=secret)
                        return reply
                    address = redirected(address, reply.headers.get("location", ""), endpoint, secret)
            except (TransientError, OriginError):
                if not deadline.passed:
                    raise
                raise TransientError(f"no whole answer within {self.limits.whole:g} s", NETWORK) from None
        raise redirects_error(endpoint, self.limits)

    def _exchange(self, session: requests.Session, address: str, endpoint: Endpoint) -> Reply:
        proxy = proxy_for(address)
        try:
            with session.get(
                address,
                stream=True,
                allow_redirects=False,
                timeout=(self.limits.connect, self.limits.read),
                verify=self.authority,
                proxies={} if proxy is None else {"http": proxy, "https": proxy},
            ) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                content = decoded_body(
                    _pieces(response),
                    endpoint,
                    coding=headers.get("content-encoding", "").strip().lower(),
                    length=headers.get("content-length"),
                    limit=self.limits.size,
                )
                return Reply(response.status_code, headers, content)
        except requests.exceptions.SSLError as error:
            failure: Exception = tls_error(endpoint, error)
        except requests.exceptions.Timeout:
            failure = TransientError(f"no answer within {self.limits.read:g} s{by_way_of(proxy)}", NETWORK)
        except requests.exceptions.ConnectionError as error:
            failure = TransientError(_no_connection(error) + by_way_of(proxy), NETWORK)
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, UnicodeError):
            failure = TransientError(f"{NO_HTTP}{by_way_of(proxy)}", ADDRESS)
        raise failure


def _pieces(response: requests.Response) -> Iterator[bytes]:
    """The body as it comes, packed; TransientError where it breaks off."""
    failure = TransientError(CUT)
    try:
        while piece := response.raw.read(PIECE, decode_content=False):
            yield piece
        return
    except (urllib3.exceptions.ReadTimeoutError, TimeoutError):
        failure = TransientError("the answer stopped before its end")
    except (urllib3.exceptions.HTTPError, OSError):
        pass
    except ValueError:  # a chunk of fewer than no bytes
        failure = TransientError(NO_HTTP, ADDRESS)
    raise failure


def _no_connection(error: requests.exceptions.ConnectionError) -> str:
    words = str(error).lower()
    if "resolve" in words or "name or service" in words or "getaddrinfo" in words:
        return "no such host, or no network"
    if "refused" in words:
        return "the connection was refused"
    return "the connection was broken off"


def redirected(address: str, location: str, endpoint: Endpoint, secret: Mapping[str, str]) -> str:
    """Where `location` sends from `address`, to http or https and never from https to http; OriginError for anything else."""
    target = urljoin(address, location)
    before, after = urlsplit(address), urlsplit(target)
    quoted = excerpt(f"{after.scheme}:{Endpoint.of(target)}", secret=secret)
    if after.scheme not in ("http", "https") or not after.hostname:
        raise OriginError(f"{endpoint}: sends to {quoted!r}, which is no address of the web; look at the address in [live]")
    if before.scheme == "https" and after.scheme == "http":
        raise OriginError(f"{endpoint}: sends from https to http, {quoted!r}, which is not followed; look at the address in [live]")
    return target


def redirects_error(endpoint: Endpoint, limits: Limits) -> OriginError:
    """More redirects than are followed."""
    return OriginError(f"{endpoint}: sends from one address to the next, over {limits.redirects} times; look at the address in [live]")
