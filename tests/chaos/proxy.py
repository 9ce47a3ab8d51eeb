"""The network between doors and the centre: it can be cut, and it can repeat what it carried, late and out of order."""

import random
import socket
import socketserver
import threading
from typing import Any

KEPT = 200
_CHUNK = 1 << 16


class Network:
    """A TCP proxy to one port. While it is cut, connections are refused and those open are dropped."""

    def __init__(self, target: int, seed: int) -> None:
        self.target = target
        self.is_cut = False
        self.n_repeated = 0
        self._random = random.Random(seed)
        self._kept: list[bytes] = []
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        network = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                network._carry(self.request)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def cut(self) -> None:
        self.is_cut = True
        with self._lock:
            for each in self._open:
                with_reset(each)

    def heal(self) -> None:
        self.is_cut = False

    def repeat(self, most: int = 5) -> None:
        """Send some batches that were carried before, once more and in another order."""
        with self._lock:
            chosen = self._random.sample(self._kept, min(most, len(self._kept)))
        for content in chosen:
            try:
                with socket.create_connection(("127.0.0.1", self.target), timeout=10) as out:
                    out.sendall(content)
                    while out.recv(_CHUNK):
                        pass
                self.n_repeated += 1
            except OSError:
                continue

    def _carry(self, client: socket.socket) -> None:
        if self.is_cut:
            with_reset(client)
            return
        try:
            with socket.create_connection(("127.0.0.1", self.target), timeout=60) as out:
                with self._lock:
                    self._open |= {client, out}
                sent = bytearray()
                thread = threading.Thread(target=_pump, args=(client, out, sent), daemon=True)
                thread.start()
                _pump(out, client, None)
                thread.join(timeout=60)
                with self._lock:
                    self._open -= {client, out}
                    if sent.startswith(b"POST /gate/sync"):
                        self._kept = [*self._kept[-KEPT:], bytes(sent)]
        except OSError:
            with_reset(client)


def with_reset(each: socket.socket) -> None:
    try:
        each.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def _pump(source: socket.socket, sink: socket.socket, copy: Any) -> None:
    try:
        while content := source.recv(_CHUNK):
            sink.sendall(content)
            if copy is not None:
                copy += content
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass
