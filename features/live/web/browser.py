"""The session that yfinance asks through: curl with the handshake of a browser, within the limits of a `Client`."""

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
from features.live.web.client import NETWORK, REDIRECTS, Client, redirected, redirects_error
from features.live.web.proxy import by_way_of, proxy_for
from features.live.web.reply import LATER, TRANSIENT, Reply, TransientError, raise_for_status
from features.live.web.retry import with_retries
from features.live.web.tls_errors import tls_error
from features.live.web.transfer import CUT, size_error

TLS = {
    CurlECode.SSL_CONNECT_ERROR,
    CurlECode.PEER_FAILED_VERIFICATION,
    CurlECode.SSL_CERTPROBLEM,
    CurlECode.SSL_CIPHER,
    CurlECode.SSL_ISSUER_ERROR,
    CurlECode.SSL_INVALIDCERTSTATUS,
}
BROKEN = {CurlECode.PARTIAL_FILE, CurlECode.RECV_ERROR, CurlECode.HTTP2_STREAM}
MESSAGES = {
    CurlECode.BAD_CONTENT_ENCODING: ("the answer cannot be unpacked", LATER),
    CurlECode.WRITE_ERROR: ("the answer cannot be unpacked", LATER),  # of several members of gzip, which curl does not read
    CurlECode.OPERATION_TIMEDOUT: ("no whole answer in time", NETWORK),
    CurlECode.COULDNT_RESOLVE_HOST: ("no such host, or no network", NETWORK),
    CurlECode.COULDNT_CONNECT: ("the connection was refused", NETWORK),
    CurlECode.UNSUPPORTED_PROTOCOL: ("no answer that is HTTP", "look at the address in [live.origins]"),
    CurlECode.WEIRD_SERVER_REPLY: ("no answer that is HTTP", "look at the address in [live.origins]"),
}
CRUMB, LONGEST_CRUMB = "getcrumb", 64  # characters; Yahoo's have eleven
RENEWED = {401}  # after which yfinance fetches a new crumb and asks again


@dataclass
class RequestContext:
    """How the requests of one thread are asked, and what came of them."""

    client: Client
    base: str  # replaces the host of yfinance for paths that begin with `data`
    data: str
    whole: Callable[[bytes], bool] = bool  # whether a body is complete, where neither its length nor its packing tells
    bodies: list[Body] = field(default_factory=list)  # the answers about data
    failure: OriginError | None = None  # the first error of a request for data
    renewed: bool = False  # whether a crumb was refused once

    def aimed(self, address: str) -> str:
        """Where to ask: data at `base`; cookies at other hosts of its owner, or at `base` where that is another owner's."""
        target, base = urlsplit(address), urlsplit(self.base)
        if not target.path.startswith(self.data) and _owner(target.hostname) == _owner(base.hostname):
            return address
        if address.startswith(f"{self.base}/"):
            return address
        return f"{self.base}{target.path}{'?' if target.query else ''}{target.query}"

    def add_body(self, address: str, reply: Reply) -> None:
        """Without the crumb, which changes with every process."""
        head, _, query = address.partition("?")
        rest = "&".join(part for part in query.split("&") if part and not part.startswith("crumb="))
        self.bodies.append(Body(f"{head}?{rest}" if rest else head, reply.content, reply.served))

    def is_data(self, address: str) -> bool:
        return urlsplit(address).path.removeprefix(urlsplit(self.base).path).startswith(self.data)


_context: ContextVar[RequestContext] = ContextVar("_context")


@contextmanager
def request_context(context: RequestContext) -> Iterator[RequestContext]:
    """While the block runs, a `BrowserSession` asks within `context` in this thread."""
    token = _context.set(context)
    try:
        yield context
    finally:
        _context.reset(token)


class BrowserSession(Session):  # type: ignore[misc]
    """For yfinance, which has one session a process: each thread's requests go where its `request_context` says.

    Requests for data are tried again and judged as those of `Client`. Requests for cookies and crumbs are tried once, and their answers
    are handed back as they are, since yfinance does without them.
    """

    def __init__(self) -> None:
        super().__init__(impersonate="chrome", trust_env=False)
        self._fronts: dict[str, Response] = {}

    def request(self, method: str, url: str, params: Mapping[str, Any] | None = None, **options: Any) -> Response:
        """As curl_cffi's, but within the context; of `options` only `data` counts."""
        context = _context.get()
        address = context.aimed(with_query(url, {name: str(value) for name, value in (params or {}).items()}))
        endpoint = Endpoint.of(address)
        client = context.client
        if not context.is_data(address):
            return self._crumb(method, address, endpoint, context, options.get("data"))
        if context.failure is not None:
            raise context.failure  # yfinance asks once more after any error
        try:
            return with_retries(
                lambda: self._data(address, endpoint, context), endpoint, limits=client.limits, clock=client.clock, limiter=client.limiter
            )
        except OriginError as error:
            context.failure = error
            raise

    def _crumb(self, method: str, address: str, endpoint: Endpoint, context: RequestContext, data: Any) -> Response:
        """yfinance asks for the front page before every request; once is enough while its cookies hold, or where that failed."""
        front, limiter, host = endpoint.path in ("", "/"), context.client.limiter, f"crumbs of {endpoint.host}"
        if front and address in self._fronts and len(self.cookies.jar):
            return self._fronts[address]
        if limiter.is_down(host):
            raise ConnectionError("the host failed before")  # which yfinance does without
        try:
            with limiter.turn(endpoint.host):
                response, reached = self._followed(method, address, endpoint, context, data)
        except RequestException:
            limiter.report(host, success=False)
            raise
        if endpoint.path.endswith(CRUMB) and not (response.status_code == 200 and 0 < len(response.content) <= LONGEST_CRUMB):
            limiter.report(host, success=False)
            raise ConnectionError("no crumb came")  # or yfinance takes whatever came for one, and keeps it
        if context.is_data(reached) and response.status_code == 200:  # a consent was given, and leads back
            context.add_body(reached, _reply(response))
        if front and response.status_code not in TRANSIENT:
            self._fronts[address] = response
        return response

    def _data(self, address: str, endpoint: Endpoint, context: RequestContext) -> Response:
        try:
            response, reached = self._followed("GET", address, endpoint, context, None)
        except RequestException as error:
            failure = _failure(error, endpoint, by_way_of(proxy_for(address)))
        else:
            reply = _reply(response)
            if not context.is_data(reached):
                return _elsewhere(response, reached, endpoint)
            if reply.status in RENEWED and not context.renewed:
                context.renewed = True
                return response
            raise_for_status(reply, endpoint, context.client.clock.now())
            if not context.whole(reply.content):
                raise TransientError(CUT)
            context.add_body(address, reply)
            return response
        raise failure

    def _followed(self, method: str, address: str, endpoint: Endpoint, context: RequestContext, data: Any) -> tuple[Response, str]:
        """The answer and where it was had."""
        for _ in range(context.client.limits.redirects + 1):
            whole = context.client.limits.whole if context.is_data(address) else context.client.limits.connect
            response = self._exchange(method, address, endpoint, context.client, data, whole)
            if response.status_code not in REDIRECTS:
                return response, address
            address = context.aimed(redirected(address, response.headers.get("location") or "", endpoint, {}))
            method, data = "GET", None
        raise redirects_error(endpoint, context.client.limits)

    def _exchange(self, method: str, address: str, endpoint: Endpoint, client: Client, data: Any, whole: float) -> Response:
        limits, body, full = client.limits, bytearray(), False

        def take(piece: bytes) -> int:
            nonlocal full
            full = full or len(body) + len(piece) > limits.size
            if full:
                return int(CURL_WRITEFUNC_ERROR)
            body.extend(piece)
            return len(piece)

        whole = min(whole, 2 * limits.read)  # curl knows no time-out between two pieces; a chart has a few megabytes at most
        try:
            response = super().request(
                method,
                address,
                data=data,
                timeout=(min(limits.connect, whole / 2), whole - min(limits.connect, whole / 2)),  # of both, curl makes the whole
                allow_redirects=False,
                content_callback=take,
                verify=client.authority,
                proxies={"all": proxy_for(address) or ""},  # an empty one keeps curl from looking for its own
            )
        except RequestException:
            if not full:
                raise
        if full:
            raise size_error(endpoint, limits.size)
        response.content = bytes(body)
        return response


def _owner(host: str | None) -> str:
    """The domain of a host, its last two words; an address of numbers is its own."""
    name = host or ""
    return name if name.replace(".", "").isdigit() else ".".join(name.split(".")[-2:])


def _reply(response: Response) -> Reply:
    return Reply(response.status_code, {name.lower(): str(value) for name, value in response.headers.items()}, response.content)


def _elsewhere(response: Response, reached: str, endpoint: Endpoint) -> Response:
    """A page that asks for a consent, which yfinance may give; OriginError for anything else."""
    if response.status_code == 200:
        return response
    raise OriginError(f"{endpoint}: sends to {Endpoint.of(reached)}, which answers {response.status_code}; open the address in a browser")


def _failure(error: RequestException, endpoint: Endpoint, way: str) -> TransientError | OriginError:
    """The error of a code of curl's; `way` names the proxy."""
    if error.code in TLS:
        return tls_error(endpoint, error)
    began = error.response is not None and error.response.status_code
    if error.code in BROKEN and began:
        return TransientError(CUT)
    what, remedy = MESSAGES.get(error.code, ("the connection was broken off", NETWORK))
    return TransientError(what + way, remedy)
