"""HTTP for notifiers: one call, to a vetted address, that ends in time and follows nothing.

names are resolved here, each address is judged, and the connection goes to the address: a name cannot turn into
another one in between. No redirects, no environment, no cookies; the answer is read up to 64 KiB.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from engine.alert import Refused, Retry
from engine.notifiers._addresses import Forbidden, Unresolved, addresses, judge_name
from engine.notifiers._contract import Undelivered
from engine.notifiers._watch import Watch
from engine.version import __version__

if TYPE_CHECKING:
    from urllib3 import HTTPConnectionPool

__all__ = ["Answer", "Transport", "check_url", "retry_after"]

LONGEST = 65_536
"""Bytes read of an answer."""


class Answer(NamedTuple):
    """What came back; the names of headers in lower case, the body cut at 64 KiB."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class Transport(NamedTuple):
    """How to call; seconds and paths of files.

    allow  hosts, addresses and networks that may be loopback or private
    proxy  "http://host:port", which then resolves the names; its address, too, may be private only if allowed
    ca     certificates to trust instead of the system's; cert, key, password: our own, for servers that ask for one
    """

    timeout: float = 10.0
    allow: Sequence[str] = ()
    proxy: str | None = None
    ca: str | None = None
    cert: str | None = None
    key: str | None = None
    password: str | None = None

    def call(self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Answer:
        """Make one call and give the answer, whatever its status.

        Raises Undelivered with Retry where the network fails, with Refused where the address is forbidden.
        """
        host, port, secure, target = check_url(url)
        sent = {"User-Agent": f"detect/{__version__}", "Accept-Encoding": "identity", "Connection": "close"}
        sent |= {"Host": _host_header(host, port, secure)} | dict(headers or {})
        try:
            if self.proxy:
                return self._exchange(self._proxied(url, host, port), method, url, sent, body)
            problem: Exception = Unresolved(f"the name {host} has no address")
            for address in addresses(host, port, self.allow):
                try:
                    return self._exchange(self._direct(address, host, port, secure), method, target, sent, body)
                except _Unreached as error:
                    problem = error
            raise problem
        except Forbidden as error:
            raise Undelivered(Refused(str(error))) from None
        except (Unresolved, _Unreached, _Failed) as error:
            raise Undelivered(Retry(str(error))) from None

    def _direct(self, address: str, host: str, port: int, secure: bool) -> HTTPConnectionPool:
        from urllib3 import HTTPConnectionPool, HTTPSConnectionPool

        if not secure:
            return HTTPConnectionPool(address, port)
        return HTTPSConnectionPool(address, port, ssl_context=self._tls(), server_hostname=host, assert_hostname=host)

    def _proxied(self, url: str, host: str, port: int) -> HTTPConnectionPool:
        """By way of the proxy, which judges names; an address that stands in the URL itself is judged here."""
        from urllib3 import ProxyManager

        judge_name(host)
        if _is_address(host):
            addresses(host, port, self.allow)
        there, its_port, _, _ = check_url(self.proxy or "")
        addresses(there, its_port, (*self.allow, there))
        manager = ProxyManager(self.proxy or "", ssl_context=self._tls(), proxy_ssl_context=self._tls())
        return manager.connection_from_url(url)

    def _exchange(
        self, pool: HTTPConnectionPool, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        import urllib3.exceptions as failures

        watch = _watched(pool, 2 * self.timeout)
        try:
            with watch:
                response = pool.urlopen(
                    method, target, body=body or None, headers=headers, timeout=self.timeout, retries=False,
                    redirect=False, preload_content=False, decode_content=False, assert_same_host=False,
                )  # fmt: skip
                content = response.read(LONGEST)
                if watch.rang:
                    raise _Failed(f"no whole answer within {2 * self.timeout:g} s")
                names = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status, names, content)
        except (failures.NewConnectionError, failures.ConnectTimeoutError) as error:
            raise _Unreached(_said(error, self.timeout)) from None
        except (failures.HTTPError, OSError, ValueError) as error:
            late = f"no answer within {2 * self.timeout:g} s" if watch.rang else _said(error, self.timeout)
            raise _Failed(late) from None
        finally:
            pool.close()

    def _tls(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self.ca)
            if self.cert:
                context.load_cert_chain(self.cert, self.key, lambda: self.password or "")
        except (OSError, ssl.SSLError) as error:
            raise Undelivered(Retry(f"the certificates cannot be read: {error}")) from None
        return context


class _Unreached(Exception):
    """No connection: another address may do."""


class _Failed(Exception):
    """A connection that failed: whether the message arrived is not known."""


def _watched(pool: HTTPConnectionPool, seconds: float) -> Watch:
    """A watch over all connections that the pool makes from now on."""
    connections: list[Any] = []
    make = pool.ConnectionCls

    def made(*args: Any, **options: Any) -> Any:
        connections.append(make(*args, **options))
        return connections[-1]

    pool.ConnectionCls = made  # type: ignore[assignment]
    return Watch(seconds, lambda: connections)


def check_url(url: str) -> tuple[str, int, bool, str]:
    """Host, port, whether it is https, and the path with its query; the host as it is resolved, without brackets.

    Raises Undelivered with Refused for what is no such address: also one with a password in it, which would show.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Undelivered(Refused(f"the URL cannot be read: {error}")) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Undelivered(Refused('the URL does not begin with "https://" or "http://" and a host'))
    if parts.username is not None or not url.isascii() or not url.isprintable() or " " in url:
        raise Undelivered(Refused("the URL has a user name, a space or letters beyond ASCII in it"))
    secure = parts.scheme == "https"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.hostname, port or (443 if secure else 80), secure, target


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds that an answer asks to wait, from a number or a date; None where it does not say."""
    text = headers.get("retry-after", "").strip()
    with suppress(ValueError):
        seconds = float(text)
        return min(seconds, 86_400.0) if seconds >= 0 else None
    try:
        until, here = parsedate_to_datetime(text), now or datetime.now(UTC)
        with suppress(ValueError):
            here = parsedate_to_datetime(headers.get("date", ""))
        return min(max(0.0, (until - here).total_seconds()), 86_400.0)
    except (ValueError, TypeError):
        return None


def _host_header(host: str, port: int, secure: bool) -> str:
    name = f"[{host}]" if ":" in host else host
    return name if port == (443 if secure else 80) else f"{name}:{port}"


def _is_address(host: str) -> bool:
    return ":" in host or not any(char.isalpha() for char in host.rpartition(".")[2])


def _said(error: Exception, timeout: float) -> str:
    """What failed, without the URL, which may be a secret."""
    import urllib3.exceptions as failures

    cause = error.__cause__ or error.__context__
    if isinstance(error, failures.NewConnectionError):  # which is a TimeoutError, too
        return f"no connection: {getattr(cause, 'strerror', None) or cause or error}"
    if isinstance(error, failures.TimeoutError):
        return f"no answer within {timeout:g} s"
    if isinstance(error, failures.SSLError):
        return f"TLS failed: {error.args[0] if error.args else error}"
    if isinstance(error, failures.ProxyError):
        return f"the proxy failed: {error.args[0] if error.args else error}"
    return f"the connection failed: {type(cause or error).__name__}: {cause or error}"
