"""The delaying proxy that stands for a distant database server."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tests.proxy import DelayingProxy
from tests.servers import PostgresHost

OpenProxy = Callable[..., DelayingProxy]


class _Echo(socketserver.BaseRequestHandler):
    """Sends back what it is sent, until the client has no more to say."""

    def handle(self) -> None:
        """Echo one connection until it ends or breaks."""
        with contextlib.suppress(ConnectionError):
            while chunk := self.request.recv(65536):
                self.request.sendall(chunk)


@pytest.fixture
def echo() -> Iterator[tuple[str, int]]:
    """Return the address of an echo server."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Echo) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield "127.0.0.1", server.server_address[1]
        server.shutdown()
        thread.join()


def _connect(proxy: DelayingProxy) -> socket.socket:
    return socket.create_connection(proxy.address, timeout=20)


def _received(client: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size and (chunk := client.recv(65536)):
        got += chunk
    return got


def _ask(proxy: DelayingProxy) -> bytes:
    with _connect(proxy) as client:
        client.sendall(b"x")
        return client.recv(1)


def test_bytes_arrive_unchanged_in_both_directions(echo: tuple[str, int], open_proxy: OpenProxy) -> None:
    """A megabyte comes back as it was sent, and its end is passed on."""
    text = bytes(range(256)) * 4096
    with _connect(open_proxy(echo, delay=0.001)) as client:
        sender = threading.Thread(target=client.sendall, args=[text])
        sender.start()
        assert _received(client, len(text)) == text
        sender.join()
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""


def test_each_answer_that_a_client_waits_for_is_a_round_trip(
    echo: tuple[str, int], open_proxy: OpenProxy
) -> None:
    """Three questions, each sent after the last answer, are three; a fourth in two pieces is one."""
    proxy = open_proxy(echo, delay=0.02)
    with _connect(proxy) as client:
        for number in range(3):
            client.sendall(b"question")
            _received(client, 8)
            assert proxy.round_trips == number + 1
        client.sendall(b"in two ")
        client.sendall(b"pieces")
        _received(client, 13)
    assert (proxy.connections, proxy.round_trips, proxy.bytes_to_client) == (1, 4, 37)


def test_counts_begin_anew_on_the_same_connection(echo: tuple[str, int], open_proxy: OpenProxy) -> None:
    """After a reset only what follows is counted."""
    proxy = open_proxy(echo)
    with _connect(proxy) as client:
        client.sendall(b"before")
        _received(client, 6)
        proxy.reset_counts()
        client.sendall(b"after")
        _received(client, 5)
    assert (proxy.connections, proxy.round_trips, proxy.bytes_to_client) == (0, 1, 5)


def test_no_answer_is_faster_than_the_distance(echo: tuple[str, int], open_proxy: OpenProxy) -> None:
    """The first answer takes two round trips (the handshake is one), each further one takes one."""
    proxy = open_proxy(echo, delay=0.02)
    start = time.monotonic()
    with _connect(proxy) as client:
        for trips in (2, 3, 4):
            client.sendall(b"x")
            _received(client, 1)
            assert time.monotonic() - start >= trips * 2 * proxy.delay


def test_a_cut_breaks_open_connections_and_lets_new_ones_in(
    echo: tuple[str, int], open_proxy: OpenProxy
) -> None:
    """The client that was connected sees a reset; the next one is served."""
    proxy = open_proxy(echo)
    with _connect(proxy) as client:
        client.sendall(b"x")
        _received(client, 1)
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    assert _ask(proxy) == b"x"


def test_a_refusing_proxy_serves_nobody_until_it_accepts_again(
    echo: tuple[str, int], open_proxy: OpenProxy
) -> None:
    """While it refuses, a new client is broken off before any answer."""
    proxy = open_proxy(echo)
    proxy.refuse()
    with pytest.raises(ConnectionError):
        _ask(proxy)
    proxy.accept()
    assert _ask(proxy) == b"x"


def test_a_stalled_proxy_holds_bytes_back_and_keeps_them(
    echo: tuple[str, int], open_proxy: OpenProxy
) -> None:
    """A hanging server answers nothing for the client's patience, and everything later."""
    proxy = open_proxy(echo)
    with _connect(proxy) as client:
        proxy.stall()
        client.sendall(b"patience")
        client.settimeout(0.1)
        with pytest.raises(TimeoutError):
            client.recv(1)
        client.settimeout(20)
        proxy.flow()
        assert _received(client, 8) == b"patience"


def test_an_unreachable_server_breaks_the_client(open_proxy: OpenProxy) -> None:
    """Where nothing listens behind the proxy, the client is told."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        proxy = open_proxy(unused.getsockname())
        with pytest.raises(ConnectionError):
            _ask(proxy)


def test_closing_while_serving_is_no_fault(echo: tuple[str, int], caplog: pytest.LogCaptureFixture) -> None:
    """A client that is still there, or still coming, is broken off, and nothing is reported."""
    proxy = DelayingProxy(echo, delay=0.001)
    with _connect(proxy) as client, _connect(proxy):
        client.sendall(b"x")
        _received(client, 1)
        proxy.close()
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    assert caplog.records == []


@pytest.mark.postgresql
def test_a_plain_query_over_a_database_connection_is_one_round_trip(
    postgres_host: PostgresHost, open_proxy: OpenProxy
) -> None:
    """What measurements rely on: psycopg in autocommit asks once a query."""
    import psycopg

    proxy = open_proxy(postgres_host.address, delay=0.001)
    url = postgres_host.url.replace(f":{postgres_host.address[1]}/", f":{proxy.port}/")
    with psycopg.connect(url, autocommit=True) as connection:
        proxy.reset_counts()
        connection.execute("SELECT generate_series(1, 20000)").fetchall()
        assert proxy.round_trips == 1
