"""The door's own small server: raw ASGI, no Django. Scanners on the door's network ask it; it asks nobody."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from secrets import compare_digest
from typing import Any, Final
from urllib.parse import parse_qs

from lianfang.gate import pages
from lianfang.gate.admission import sealing_point
from lianfang.gate.carrying import kept
from lianfang.gate.centre import UNREACHABLE, Centre
from lianfang.gate.door import Door, OddScan, Scan, free_bytes
from lianfang.gate.handing import Handing
from lianfang.gate.home import Home
from lianfang.gate.home import load as load_home
from lianfang.gate.store import Store
from lianfang.rules.profile import ProfileError
from lianfang.wire.refusal import Refused
from lianfang.wire.snapshot import root_of

SETTINGS: Final = "LIANFANG_GATE"
LARGEST_BODY: Final = 1 << 20
MOST_SCANS: Final = 500
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_JSON: Final = "application/json; charset=utf-8"


class Server:
    """The ASGI application of one door: one process, one thread that decides and writes."""

    def __init__(self) -> None:
        self._asked: list[tuple[list[Scan], asyncio.Future[list[str]]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "door")
        self._door: Door | None = None
        self._home: Home | None = None
        self._handing: Handing | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await _respond(send, *await self._answer(scope, receive))

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await asyncio.get_running_loop().run_in_executor(self._thread, self._open)
                await send({"type": "lifespan.startup.complete"})
            else:
                if self._handing:
                    self._handing.stop()
                self._thread.shutdown(wait=True)
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _open(self) -> None:
        settings = json.loads(os.environ[SETTINGS])
        self._home = home = load_home(Path(settings["home"]))
        centre = Centre(settings["centre"], root_of(bytes.fromhex(settings["root"])))
        try:
            carried = kept(home.path / "snapshot", centre.root)
        except (Refused, ProfileError):
            carried = None  # a damaged file closes no door: it looks at identity cards until the centre is reached
        self._door = Door(Store(home.path / "door.sqlite3"), carried, cap=settings["cap"])
        self._handing = Handing(self._door, home.key, centre, home.path)
        self._handing.start()

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, str, bytes]:
        path, method = scope["path"], scope["method"]
        if method == "GET" and (page := pages.found(path)):
            return 200, page.type, page.content
        if not self._is_known(scope):
            return 403, _JSON, b'{"code":"scanner_unknown"}'
        if path == "/state" and method == "GET":
            return 200, _JSON, json.dumps(await self._on_thread(self._state)).encode()
        if path == "/consistency" and method == "GET":
            return await self._consistency(scope)
        if path == "/scan" and method == "POST":
            return await self._scan(receive)
        return 404, _JSON, b'{"code":"not_found"}'

    def _is_known(self, scope: Scope) -> bool:
        word = self._home.word.encode() if self._home else b""
        given = next((value for name, value in scope["headers"] if name.lower() == b"x-door-word"), b"")
        return bool(word) and compare_digest(word, given)

    async def _consistency(self, scope: Scope) -> tuple[int, str, bytes]:
        """Pass on the centre's proof that the log grew from one size to another: scanners are witnesses too."""
        given = parse_qs(scope["query_string"].decode("latin-1"))
        sizes = [given.get(name, [""])[0] for name in ("old", "new")]
        if self._handing is None or not all(size.isascii() and size.isdigit() and len(size) < 16 for size in sizes):
            return 422, _JSON, b'{"code":"odd_sizes"}'
        prove = partial(self._handing.centre.prove, *(int(size) for size in sizes))
        try:
            proof = await asyncio.get_running_loop().run_in_executor(None, prove)
        except (*UNREACHABLE, ValueError, LookupError):
            return 502, _JSON, b'{"code":"centre_unreachable"}'
        return 200, _JSON, json.dumps({"proof": [part.hex() for part in proof]}).encode()

    async def _scan(self, receive: Receive) -> tuple[int, str, bytes]:
        body = await _body(receive)
        try:
            value = json.loads(body or b"")
            if not isinstance(value, list) or not 0 < len(value) <= MOST_SCANS:
                raise OddScan("a list of scans")
            scans = [Scan.of(each) for each in value]
        except (ValueError, RecursionError):
            return 422, _JSON, b'{"code":"odd_scan"}'
        answers = await self._taken(scans)
        return 200, _JSON, ("[" + ",".join(answers) + "]").encode()

    async def _taken(self, scans: list[Scan]) -> list[str]:
        """Write down together what several scanners ask at once: one wait for the disk serves all of them."""
        future: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()
        self._asked.append((scans, future))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return await future

    async def _write(self) -> None:
        while self._asked:
            asked, self._asked = self._asked, []
            door = self._opened()
            scans = [scan for each, _ in asked for scan in each]
            try:
                answers = iter(await self._on_thread(partial(door.take, scans)))
            except Exception as error:  # noqa: BLE001 - the outermost frame: who asked must hear of it, and others go on
                for _, future in asked:
                    future.set_exception(error)
                continue
            for each, future in asked:
                taken = [next(answers) for _ in each]
                if not future.done():
                    future.set_result(taken)

    def _opened(self) -> Door:
        assert self._door is not None, "the server has started"
        return self._door

    async def _on_thread(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _state(self) -> dict[str, Any]:
        door, waiting = self._opened(), self._opened().store.waiting()
        assert self._home is not None
        assert self._handing is not None
        now_ms, contact = door.clock().at_ms, self._handing.contact
        age_s = None if waiting.oldest_ms is None else max(0, now_ms - waiting.oldest_ms) // 1000
        return {
            "door": self._home.code,
            "inside": door.inside,
            "cap": door.cap,
            "waiting": waiting.depth,
            "waiting_age_s": age_s,
            "snapshot_age_s": door.carried and int(door.now()) - door.carried.issued_at,
            "sealing_point": sealing_point(door.carried).hex() if door.carried else "",
            "centre_failure": contact.failure,
            "log_failure": contact.log_failure,
            "log": {"size": door.carried.log_size, "root": door.carried.log_root.hex()} if door.carried else None,
            "free_bytes": free_bytes(str(self._home.path)),
        }


async def _body(receive: Receive) -> bytes | None:
    content, more = b"", True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return None
        content, more = content + message.get("body", b""), message.get("more_body", False)
        if len(content) > LARGEST_BODY:
            return None
    return content


async def _respond(send: Send, status: int, kind: str, content: bytes) -> None:
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(content)).encode()), *pages.HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


application = Server()
