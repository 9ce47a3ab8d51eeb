"""The scanner's page and all it needs, read once from the package: it opens from a cold start without any network."""

import hashlib
import json
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

_PACKAGE: Final = Path(__file__).resolve().parents[1]
DIST: Final = _PACKAGE / "static" / "dist"
PAGE: Final = Path(__file__).with_name("scanner.html")
WORKER: Final = Path(__file__).with_name("scanner_worker.js")
ENTRY: Final = "src/scanner/main.ts"
_POLICY: Final = (
    b"default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    b"worker-src 'self'; manifest-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; "
    b"frame-ancestors 'none'"
)
HEADERS: Final = (
    (b"content-security-policy", _POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-cache"),
)


@dataclass(frozen=True, slots=True)
class Page:
    """One file as it is served."""

    type: str
    content: bytes


def found(path: str) -> Page | None:
    """Return what an address serves, None for no file of the scanner's."""
    return _pages().get("/" if path == "/index.html" else path)


@cache
def _pages() -> Mapping[str, Page]:
    manifest = DIST / "manifest.json"
    if not manifest.exists():
        return {}  # the front end is not built: the door decides all the same
    built: dict[str, Any] = json.loads(manifest.read_text())
    if ENTRY not in built:
        return {}
    files = sorted(_reached(built))
    pages = {f"/{name}": Page(_type(name), (DIST / name).read_bytes()) for name in files}
    styles = "".join(f'<link rel="stylesheet" href="/{name}">' for name in files if name.endswith(".css"))
    script = f'<script type="module" src="/{built[ENTRY]["file"]}"></script>'
    html = PAGE.read_text(encoding="utf-8").replace("<!-- built -->", styles + script)
    pages["/"] = Page("text/html; charset=utf-8", html.encode())
    edition = hashlib.sha256(b"".join(page.content for page in pages.values())).hexdigest()[:12]
    worker = WORKER.read_text(encoding="utf-8").replace("EDITION", edition).replace("FILES", json.dumps(sorted(pages)))
    pages["/worker.js"] = Page("text/javascript; charset=utf-8", worker.encode())
    return pages


def _reached(built: dict[str, Any]) -> set[str]:
    """Return every file the entry may ever load, also those it loads only when a camera is opened."""
    files: set[str] = set()
    waiting, seen = [ENTRY], set()
    while waiting:
        key = waiting.pop()
        if key in seen:
            continue
        seen.add(key)
        chunk = built[key]
        files |= {chunk["file"], *chunk.get("css", ()), *chunk.get("assets", ())}
        waiting.extend([*chunk.get("imports", ()), *chunk.get("dynamicImports", ())])
    return files


def _type(name: str) -> str:
    kind = "application/wasm" if name.endswith(".wasm") else mimetypes.guess_type(name)[0]
    return kind or "application/octet-stream"
