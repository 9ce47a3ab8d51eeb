"""Which built front-end files a page needs, from the manifest that Vite writes beside them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

DIST_DIR = Path(__file__).resolve().parents[2] / "static" / "dist"
DIST_PREFIX = "dist/"


@dataclass(frozen=True, slots=True)
class Assets:
    """Static names of one entry: its script, the chunks worth preloading and its style sheets."""

    script: str
    preloads: tuple[str, ...]
    styles: tuple[str, ...]


@lru_cache(maxsize=1)
def _read(path: Path) -> Mapping[str, Any]:
    try:
        manifest: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ImproperlyConfigured("the front end is not built: run `npm ci && npm run build` in frontend/") from None
    return manifest


def _manifest() -> Mapping[str, Any]:
    # Once per process: WhiteNoise lists the files at start too, and the build leaves those of earlier ones in place.
    if settings.DEBUG:
        _read.cache_clear()
    return _read(DIST_DIR / "manifest.json")


def _reached(manifest: Mapping[str, Any], entry: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    waiting = [entry]
    while waiting:
        key = waiting.pop()
        if key not in found:
            found[key] = manifest[key]
            waiting.extend(found[key].get("imports", ()))
    return found


def entry_assets(entry: str) -> Assets:
    """Files of one entry of the build, e.g. "src/main.ts".

    Raises ImproperlyConfigured when the front end is not built, KeyError when it has no such entry.
    """
    reached = _reached(_manifest(), entry)
    styles = dict.fromkeys(name for chunk in reached.values() for name in chunk.get("css", ()))
    preloads = [chunk["file"] for key, chunk in reached.items() if key != entry]
    return Assets(
        script=DIST_PREFIX + reached[entry]["file"],
        preloads=tuple(DIST_PREFIX + name for name in preloads),
        styles=tuple(DIST_PREFIX + name for name in styles),
    )


def asset(name: str) -> str:
    """Static name of one emitted file, e.g. "icons.svg". Raises as `entry_assets`."""
    return DIST_PREFIX + str(_manifest()[name]["file"])


def worker_file(entry: str) -> Path:
    """The file of the worker that one entry brings along, for a view that serves it at an address of its own."""
    reached = _reached(_manifest(), entry).values()
    (name,) = {name for chunk in reached for name in chunk.get("assets", ()) if Path(name).suffix == ".js"}
    return DIST_DIR / str(name)
