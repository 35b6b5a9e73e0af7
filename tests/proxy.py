"""A TCP proxy that stands for a distant server: it delays, counts round trips, and breaks connections."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
_CHUNK = 64 * 1024


class DelayingProxy:
    """Forwards connections to a server, from a thread of its own, until `close`.

    A connection's first bytes wait one round trip more, as the TCP handshake would have taken it. Bytes are
    delayed, never throttled: any number may be under way.

    Attributes:
        host: where clients connect.
        port: where clients connect.
        delay: seconds that a byte takes in one direction, so a round trip takes twice that; may be changed.
        connections: how many clients have connected.
        round_trips: how often a client sent after it had been given an answer, or for the first time. Sending
            on without waiting costs no further one. A last message that nobody answers, such as the goodbye
            of a database client, counts as one; the TCP handshake, which takes its time too, does not.
        bytes_to_client: how many bytes clients have been given.
    """

    def __init__(self, target: tuple[str, int], *, delay: float = 0.0) -> None:
        self.host = "127.0.0.1"
        self.port = 0
        self.delay = delay
        self.connections = 0
        self.round_trips = 0
        self.bytes_to_client = 0
        self._target = target
        self._accepting = True
        self._links: set[_Link] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="delaying-proxy", daemon=True)
        self._thread.start()
        self._server = self._wait_for(asyncio.start_server(self._begin, self.host, 0))
        self.port = self._server.sockets[0].getsockname()[1]

    @property
    def address(self) -> tuple[str, int]:
        """Host and port where clients connect."""
        return self.host, self.port

    def reset_counts(self) -> None:
        """Set all counts to zero; connections stay."""
        self.connections = self.round_trips = self.bytes_to_client = 0

    def cut(self) -> None:
        """Break every connection that is open, in mid-word, as a lost network does; new ones are served."""
        self._call(self._cut)

    def refuse(self) -> None:
        """Break every connection that is open, and every new one as soon as it is there, until `accept`."""
        self._accepting = False
        self.cut()

    def accept(self) -> None:
        """Serve new connections again."""
        self._accepting = True

    def stall(self) -> None:
        """Hold all bytes back and keep connections open, as a hanging server does, until `flow`."""
        self._call(self._flowing.clear)

    def flow(self) -> None:
        """Let the bytes that `stall` held back go on."""
        self._call(self._flowing.set)

    def close(self) -> None:
        """Break all connections and end the thread."""
        self._wait_for(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)

    def _call(self, action: Callable[[], None]) -> None:
        async def run() -> None:
            action()

        self._wait_for(run())

    def _cut(self) -> None:
        for link in self._links:
            link.reset()

    async def _end(self) -> None:
        self._server.close()
        self._cut()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A coroutine given to asyncio's server becomes a task whose cancellation asyncio reports as a fault.
        task = self._loop.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._accepting:
            _reset(writer)
            return
        self.connections += 1
        try:
            server_reader, server_writer = await asyncio.open_connection(*self._target)
        except OSError:
            _reset(writer)
            return
        link = _Link(self, writer, server_writer)
        self._links.add(link)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(link.to_server(reader))
                both.create_task(link.to_client(server_reader))
        except* OSError:  # one side may have gone while the other was being told
            link.reset()
        finally:
            self._links.discard(link)
            link.close()


class _Link:
    """One client's connection with its connection to the server."""

    def __init__(
        self, proxy: DelayingProxy, client: asyncio.StreamWriter, server: asyncio.StreamWriter
    ) -> None:
        self._proxy = proxy
        self._client = client
        self._server = server
        self._client_waits = False
        # The client may speak when SYN and its answer have passed, the server when the third packet is there.
        self._client_may_speak = asyncio.get_running_loop().time() + 2 * proxy.delay
        self._server_may_speak = self._client_may_speak + proxy.delay

    def reset(self) -> None:
        """Break both connections at once; what is under way is lost."""
        _reset(self._client)
        _reset(self._server)

    def close(self) -> None:
        """End both connections when all is sent."""
        self._client.close()
        self._server.close()

    async def to_server(self, reader: asyncio.StreamReader) -> None:
        """Carry what the client sends, counting the times it had to wait before."""

        def count(_chunk: bytes) -> None:
            if not self._client_waits:
                self._client_waits = True
                self._proxy.round_trips += 1

        await self._carry(
            reader, self._server, self._client_may_speak, on_arrival=count, on_delivery=lambda _chunk: None
        )

    async def to_client(self, reader: asyncio.StreamReader) -> None:
        """Carry what the server answers; the client can react to it only once it is there."""

        def delivered(chunk: bytes) -> None:
            self._client_waits = False
            self._proxy.bytes_to_client += len(chunk)

        await self._carry(
            reader,
            self._client,
            self._server_may_speak,
            on_arrival=lambda _chunk: None,
            on_delivery=delivered,
        )

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        earliest: float,
        *,
        on_arrival: Callable[[bytes], None],
        on_delivery: Callable[[bytes], None],
    ) -> None:
        loop = asyncio.get_running_loop()
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def read() -> None:
            chunk = b"first"
            while chunk:
                chunk = await reader.read(_CHUNK)
                if chunk:
                    on_arrival(chunk)
                due = max(loop.time(), earliest) + self._proxy.delay
                under_way.put_nowait((due, chunk))

        async def deliver() -> None:
            while True:
                due, chunk = await under_way.get()
                await asyncio.sleep(max(0.0, due - loop.time()))
                await self._proxy._flowing.wait()
                if not chunk:
                    if writer.can_write_eof():
                        writer.write_eof()
                    return
                on_delivery(chunk)
                writer.write(chunk)
                await writer.drain()

        async with asyncio.TaskGroup() as both:
            both.create_task(read())
            both.create_task(deliver())


def _reset(writer: asyncio.StreamWriter) -> None:
    """Break a connection so that the other side gets an error and no orderly end."""
    connection = writer.get_extra_info("socket")
    if connection is not None and not writer.transport.is_closing():
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
