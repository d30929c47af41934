"""The proxy between this machine and an origin, if the environment names one."""

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

LOOPBACK = ("127.", "localhost", "[::1]", "::1")


def proxy_for(address: str) -> str | None:
    """HTTPS_PROXY or HTTP_PROXY unless NO_PROXY excepts the host; never for this machine itself."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if host.startswith(LOOPBACK) or proxy_bypass(host):
        return None
    return getproxies().get(parts.scheme) or getproxies().get("all")


def by_way_of(proxy: str | None) -> str:
    """Words for a message, without the password that a proxy's address may hold."""
    return "" if proxy is None else f" by way of the proxy {urlsplit(proxy).hostname}, which the environment names"
