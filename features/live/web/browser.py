"""Browser: the session that yfinance asks through, curl with the handshake of a browser, under the policy of `Client`."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from curl_cffi.const import CurlECode
from curl_cffi.curl import CURL_WRITEFUNC_ERROR
from curl_cffi.requests import Response, Session
from curl_cffi.requests.exceptions import ConnectionError, RequestException

from features.errors import OriginError
from features.live.download import Body
from features.live.web.address import Endpoint, with_query
from features.live.web.client import NETWORK, REDIRECTS, Client, redirected, too_many_redirects
from features.live.web.proxy import by_way_of, proxy_for
from features.live.web.reply import LATER, PASSING, Reply, TransientError, raise_for_status
from features.live.web.retry import with_retries
from features.live.web.tls_errors import tls_error
from features.live.web.transfer import CUT, too_large

TLS = {
    CurlECode.SSL_CONNECT_ERROR,
    CurlECode.PEER_FAILED_VERIFICATION,
    CurlECode.SSL_CERTPROBLEM,
    CurlECode.SSL_CIPHER,
    CurlECode.SSL_ISSUER_ERROR,
    CurlECode.SSL_INVALIDCERTSTATUS,
}
BROKEN = {CurlECode.PARTIAL_FILE, CurlECode.RECV_ERROR, CurlECode.HTTP2_STREAM}
WORDS = {
    CurlECode.BAD_CONTENT_ENCODING: ("the answer cannot be unpacked", LATER),
    CurlECode.OPERATION_TIMEDOUT: ("no whole answer in time", NETWORK),
    CurlECode.COULDNT_RESOLVE_HOST: ("no such host, or no network", NETWORK),
    CurlECode.COULDNT_CONNECT: ("the connection was refused", NETWORK),
    CurlECode.UNSUPPORTED_PROTOCOL: ("no answer that is HTTP", "look at the address in [live.origins]"),
    CurlECode.WEIRD_SERVER_REPLY: ("no answer that is HTTP", "look at the address in [live.origins]"),
}
PASS, LONGEST_PASS = "getcrumb", 64  # letters; they have eleven
RENEWED = {401}  # after which yfinance gets itself a new pass and asks again


@dataclass
class RequestContext:
    """What one thread asks for: `base` takes the place of the host that yfinance has in mind for whatever begins with `data`.

    whole : whether a body has its end, where neither its length nor its packing tells.
    bodies : the answers about data, as they came.   failed : the first error of such a request.   renewed : a pass was refused once.
    """

    client: Client
    base: str
    data: str
    whole: Callable[[bytes], bool] = bool
    bodies: list[Body] = field(default_factory=list)
    failed: OriginError | None = None
    renewed: bool = False

    def aimed(self, address: str) -> str:
        """Where to ask. Cookies come from other hosts of the same owner; where `base` is none of the owner's, from `base`."""
        asked, base = urlsplit(address), urlsplit(self.base)
        if not asked.path.startswith(self.data) and _owner(asked.hostname) == _owner(base.hostname):
            return address
        if address.startswith(f"{self.base}/"):
            return address
        return f"{self.base}{asked.path}{'?' if asked.query else ''}{asked.query}"

    def keep(self, address: str, reply: Reply) -> None:
        """Without the pass, which changes with every process."""
        head, _, query = address.partition("?")
        kept = "&".join(part for part in query.split("&") if part and not part.startswith("crumb="))
        self.bodies.append(Body(f"{head}?{kept}" if kept else head, reply.content, reply.served))

    def is_data(self, address: str) -> bool:
        return urlsplit(address).path.removeprefix(urlsplit(self.base).path).startswith(self.data)


_visit: ContextVar[RequestContext] = ContextVar("_visit")


@contextmanager
def request_context(visit: RequestContext) -> Iterator[RequestContext]:
    """Whatever a `BrowserSession` is asked for in this thread, while the block runs, is asked so."""
    token = _visit.set(visit)
    try:
        yield visit
    finally:
        _visit.reset(token)


class BrowserSession(Session):  # type: ignore[misc]
    """For yfinance, which has one session a process: each thread's requests go where its `visiting` says.

    Requests about data persist and are judged as those of `Client`; those about cookies and passes are tried once, and their answers handed
    back as they are, for yfinance does without them.
    """

    def __init__(self) -> None:
        super().__init__(impersonate="chrome", trust_env=False)
        self._entered: dict[str, Response] = {}

    def request(self, method: str, url: str, params: Mapping[str, Any] | None = None, **options: Any) -> Response:
        """As curl_cffi's, but for where it goes, how often, and how long it may take; of `options` only `data` counts."""
        visit = _visit.get()
        address = visit.aimed(with_query(url, {name: str(value) for name, value in (params or {}).items()}))
        place = Endpoint.of(address)
        client = visit.client
        if not visit.is_data(address):
            return self._of_passes(method, address, place, visit, options.get("data"))
        if visit.failed is not None:
            raise visit.failed  # yfinance asks once more after any error
        try:
            return with_retries(
                lambda: self._of_data(address, place, visit),
                place,
                policy=client.policy,
                clock=client.clock,
                courtesy=client.courtesy,
            )
        except OriginError as error:
            visit.failed = error
            raise

    def _of_passes(self, method: str, address: str, place: Endpoint, visit: RequestContext, data: Any) -> Response:
        """yfinance enters by the front door before every request; once is enough while its cookies hold, or where nobody opens."""
        door, courtesy, host = place.path in ("", "/"), visit.client.courtesy, f"passes of {place.host}"
        if door and address in self._entered and len(self.cookies.jar):
            return self._entered[address]
        if courtesy.is_down(host):
            raise ConnectionError("nobody opened before")  # which yfinance does without
        try:
            with courtesy.turn(place.host):
                response, reached = self._followed(method, address, place, visit, data)
        except RequestException:
            courtesy.ended(host, well=False)
            raise
        if place.path.endswith(PASS) and not (response.status_code == 200 and 0 < len(response.content) <= LONGEST_PASS):
            courtesy.ended(host, well=False)
            raise ConnectionError("no pass came")  # or yfinance takes whatever came for one, and keeps it
        if visit.is_data(reached) and response.status_code == 200:  # a consent was given, and leads back
            visit.keep(reached, _reply(response))
        if door and response.status_code not in PASSING:
            self._entered[address] = response
        return response

    def _of_data(self, address: str, place: Endpoint, visit: RequestContext) -> Response:
        try:
            response, reached = self._followed("GET", address, place, visit, None)
        except RequestException as error:
            failed = _failed(error, place, by_way_of(proxy_for(address)))
        else:
            reply = _reply(response)
            if not visit.is_data(reached):
                return _elsewhere(response, reached, place)
            if reply.status in RENEWED and not visit.renewed:
                visit.renewed = True
                return response
            raise_for_status(reply, place, visit.client.clock.now())
            if not visit.whole(reply.content):
                raise TransientError(CUT)
            visit.keep(address, reply)
            return response
        raise failed

    def _followed(self, method: str, address: str, place: Endpoint, visit: RequestContext, data: Any) -> tuple[Response, str]:
        """The answer and where it was had."""
        for _ in range(visit.client.policy.redirects + 1):
            whole = visit.client.policy.whole if visit.is_data(address) else visit.client.policy.connect
            response = self._exchange(method, address, place, visit.client, data, whole)
            if response.status_code not in REDIRECTS:
                return response, address
            address = visit.aimed(redirected(address, response.headers.get("location") or "", place, {}))
            method, data = "GET", None
        raise too_many_redirects(place, visit.client.policy)

    def _exchange(self, method: str, address: str, place: Endpoint, client: Client, data: Any, whole: float) -> Response:
        policy, body, full = client.policy, bytearray(), False

        def take(piece: bytes) -> int:
            nonlocal full
            full = full or len(body) + len(piece) > policy.size
            if full:
                return int(CURL_WRITEFUNC_ERROR)
            body.extend(piece)
            return len(piece)

        whole = min(whole, 2 * policy.read)  # curl knows no time-out between two pieces; a chart has a few megabytes at most
        try:
            response = super().request(
                method,
                address,
                data=data,
                timeout=(min(policy.connect, whole / 2), whole - min(policy.connect, whole / 2)),  # of both, curl makes the whole
                allow_redirects=False,
                content_callback=take,
                verify=client.authority,
                proxies={"all": proxy_for(address) or ""},  # an empty one keeps curl from looking for its own
            )
        except RequestException:
            if not full:
                raise
        if full:
            raise too_large(place, policy.size)
        response.content = bytes(body)
        return response


def _owner(host: str | None) -> str:
    """The last two words of a host: its owner's domain, where that has two words; an address of numbers is its own."""
    name = host or ""
    return name if name.replace(".", "").isdigit() else ".".join(name.split(".")[-2:])


def _reply(response: Response) -> Reply:
    return Reply(response.status_code, {name.lower(): str(value) for name, value in response.headers.items()}, response.content)


def _elsewhere(response: Response, reached: str, place: Endpoint) -> Response:
    """A page that asks for a consent, which yfinance may give; anything else is none of its business."""
    if response.status_code == 200:
        return response
    raise OriginError(f"{place}: sends to {Endpoint.of(reached)}, which answers {response.status_code}; open the address in a browser")


def _failed(error: RequestException, place: Endpoint, way: str) -> TransientError | OriginError:
    """Of curl's codes. way : words for a proxy."""
    if error.code in TLS:
        return tls_error(place, error)
    began = error.response is not None and error.response.status_code
    if error.code in BROKEN and began:
        return TransientError(CUT)
    what, remedy = WORDS.get(error.code, ("the connection was broken off", NETWORK))
    return TransientError(what + way, remedy)
