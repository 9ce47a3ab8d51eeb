"""Telling a person at a terminal what is going on and how long it takes."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


class Progress:
    """Lines with the seconds since the start, on stderr so that stdout stays data."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        """Print one line."""
        print(f"[{time.monotonic() - self._began:7.1f} s] {text}", file=self._stream, flush=True)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Name a step when it begins; say how long it took when that was noticeable."""
        self.say(f"{title} ...")
        began = time.monotonic()
        yield
        if (took := time.monotonic() - began) >= 1:
            self.say(f"{title}: done in {took:.1f} s")
