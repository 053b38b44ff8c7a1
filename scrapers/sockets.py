"""Connections to checked addresses only, kept for the next request, each ending by a deadline.

The address that is checked is the address that is connected to, so neither a redirect nor a
name that changes its address between check and use gets around it.
"""

from __future__ import annotations

import select
import socket
import ssl
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

import httpcore2

from scrapers.addresses import forbidden
from store.errors import ForbiddenAddress

#: Returns the IP addresses of a host, the resolver's own way.
Resolve = Callable[[str, int], Sequence[str]]


class DeadlinePassed(OSError):
    """The wall clock ran out."""


@dataclass
class Deadline:
    """An instant of the monotonic clock that everything must end by; each request sets its own."""

    at: float = 0.0

    def set(self, seconds: float) -> None:
        """Put the deadline `seconds` ahead."""
        self.at = time.monotonic() + seconds

    def remaining(self) -> float:
        """Return the seconds that are left; zero or less when none are."""
        return self.at - time.monotonic()

    def left(self) -> float:
        """Return the seconds that are left, more than zero.

        Raises:
            DeadlinePassed: None are.
        """
        left = self.remaining()
        if left <= 0:
            raise DeadlinePassed("the deadline passed")
        return left


def system_resolve(host: str, port: int) -> list[str]:
    """Return the addresses of `host` as the operating system knows them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _resolve_by(resolve: Resolve, host: str, port: int, deadline: Deadline) -> Sequence[str]:
    """Resolve in a thread of its own, because a name lookup knows no time-out."""
    answer: list[Sequence[str]] = []
    failure: list[Exception] = []

    def look_up() -> None:
        try:
            answer.append(resolve(host, port))
        except Exception as error:
            failure.append(error)

    thread = threading.Thread(target=look_up, name=f"resolve {host}", daemon=True)
    thread.start()
    thread.join(deadline.left())
    if failure:
        if isinstance(failure[0], OSError | UnicodeError):
            raise httpcore2.ConnectError(f"no address found for {host}") from failure[0]
        raise failure[0]
    if not answer:
        raise DeadlinePassed(f"no address found for {host} in time")
    return answer[0]


class _Stream(httpcore2.NetworkStream):
    """A socket whose every operation gets what is left of the deadline, and no more."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            self._connection.settimeout(self._deadline.left())
            return self._connection.recv(max_bytes)
        except OSError as error:
            raise _translated(error, httpcore2.ReadError) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not buffer:
            return
        try:
            # One sendall keeps one time-out for all of it.
            self._connection.settimeout(self._deadline.left())
            self._connection.sendall(buffer)
        except OSError as error:
            raise _translated(error, httpcore2.WriteError) from error

    def close(self) -> None:
        self._connection.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        try:
            self._connection.settimeout(self._deadline.left())
            wrapped = ssl_context.wrap_socket(self._connection, server_hostname=server_hostname)
        except OSError as error:
            self.close()
            raise _translated(error, httpcore2.ConnectError) from error
        return _Stream(wrapped, self._deadline)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore2's signature
        if info == "is_readable":
            # Bytes, or an end, before anything was asked: the server has hung up.
            poll = select.poll()
            poll.register(self._connection, select.POLLIN)
            return bool(poll.poll(0))
        if info == "ssl_object" and isinstance(self._connection, ssl.SSLSocket):
            return self._connection
        return None


def _translated(error: OSError, kind: type[Exception]) -> Exception:
    if isinstance(error, TimeoutError | DeadlinePassed):
        return DeadlinePassed("the deadline passed")
    if isinstance(error, ssl.SSLCertVerificationError):
        return kind(f"its certificate is refused: {error.verify_message}")
    return kind(error.strerror or str(error) or type(error).__name__)


@dataclass(frozen=True)
class GuardedBackend(httpcore2.NetworkBackend):
    """Resolves once, checks every address, connects to a checked one.

    Attributes:
        resolve: Finds the addresses of a name; one call a connection.
        allowed: `host:port` pairs that need not be public.
        deadline: When everything on its connections ends.
    """

    resolve: Resolve
    allowed: Set[str]
    deadline: Deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to `host`, if all its addresses may be connected to.

        Raises:
            ForbiddenAddress: One of its addresses is not public.
        """
        addresses = _resolve_by(self.resolve, host, port, self.deadline)
        authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        if authority not in self.allowed:
            for address in addresses:
                if why := forbidden(address):
                    raise ForbiddenAddress(authority, f"its address {address} is not public: {why}")
        if not addresses:
            raise httpcore2.ConnectError(f"no address found for {host}")
        return _Stream(self._connect(addresses, port), self.deadline)

    def _connect(self, addresses: Sequence[str], port: int) -> socket.socket:
        failure: Exception | None = None
        for address in addresses:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            connection = socket.socket(family, socket.SOCK_STREAM)
            try:
                connection.settimeout(self.deadline.left())
                connection.connect((address, port))
            except OSError as error:
                connection.close()
                failure = _translated(error, httpcore2.ConnectError)
                if isinstance(failure, DeadlinePassed):
                    raise failure from error
                continue
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connection
        assert failure is not None  # addresses is not empty
        raise failure


#: An idle connection is kept this long; servers close theirs after 5 seconds and more.
KEEP_ALIVE_S = 4.0
#: Sites whose connection is kept; a daemon of a thousand sources must not hold as many sockets.
MAX_IDLE = 64


@dataclass(frozen=True)
class Connection:
    """The way to one site: at most one socket, and the deadline of the request under way."""

    pool: httpcore2.ConnectionPool
    deadline: Deadline


@dataclass
class Connections:
    """The idle connections; one that is taken belongs to its taker until it is given back.

    Attributes:
        tls: Shared between connections, because loading the certificates is slow.
    """

    resolve: Resolve
    allowed: Set[str]
    tls: ssl.SSLContext
    _idle: OrderedDict[tuple[str, str, int], Connection] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, scheme: str, host: str, port: int) -> Connection:
        """Return the site's idle connection, or a new one that is not connected yet."""
        with self._lock:
            known = self._idle.pop((scheme, host, port), None)
        if known is not None:
            return known
        deadline = Deadline()
        pool = httpcore2.ConnectionPool(
            ssl_context=self.tls,
            max_connections=1,
            keepalive_expiry=KEEP_ALIVE_S,
            network_backend=GuardedBackend(self.resolve, self.allowed, deadline),
        )
        return Connection(pool, deadline)

    def give(self, scheme: str, host: str, port: int, connection: Connection) -> None:
        """Keep a connection for the site's next request; the longest unused one may be closed."""
        with self._lock:
            surplus = [self._idle.pop((scheme, host, port), None)]
            self._idle[scheme, host, port] = connection
            while len(self._idle) > MAX_IDLE:
                surplus.append(self._idle.popitem(last=False)[1])
        for old in surplus:
            if old is not None:
                old.pool.close()

    def close(self) -> None:
        """Close every idle connection."""
        with self._lock:
            idle, self._idle = list(self._idle.values()), OrderedDict()
        for connection in idle:
            connection.pool.close()
