"""A door's memory: every event on disk before anybody is let in, and kept there until the centre has it."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from lianfang.wire.leases import Lease

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, client_id TEXT UNIQUE, at_ms INTEGER NOT NULL,
    content BLOB NOT NULL, answer TEXT NOT NULL, handed_over_ms INTEGER);
CREATE INDEX IF NOT EXISTS waiting ON event (seq) WHERE handed_over_ms IS NULL;
CREATE INDEX IF NOT EXISTS handed_over ON event (handed_over_ms) WHERE handed_over_ms IS NOT NULL;
CREATE TABLE IF NOT EXISTS memory (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
"""
# Scanners may repeat what they sent for so long after the centre has it; then a door forgets.
_KEPT_MS: Final = 2 * 86_400_000


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the centre does not have yet. `oldest_ms`: the door's clock at the oldest event, None without one."""

    depth: int
    oldest_ms: int | None


class Store:
    """One SQLite file, written through to the disk at each commit. Use it from one thread."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("PRAGMA busy_timeout=5000")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def begin(self) -> None:
        """Begin a change."""
        self._db.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Write the change to the disk. Raises: sqlite3.Error, and then nothing of it stands."""
        self._db.execute("COMMIT")

    def rollback(self) -> None:
        """Forget the change."""
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def answer_to(self, client_id: str) -> str | None:
        """Return what was answered when this scan came the first time."""
        row = self._db.execute("SELECT answer FROM event WHERE client_id = ?", [client_id]).fetchone()
        return row[0] if row else None

    def next_seq(self) -> int:
        """Return the number of the next event: higher than any before, also those forgotten."""
        row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'event'").fetchone()
        return (row[0] if row else 0) + 1

    def add(self, seq: int, client_id: str | None, at_ms: int, content: bytes, answer: str) -> None:
        """Add one event."""
        self._db.execute(
            "INSERT INTO event (seq, client_id, at_ms, content, answer) VALUES (?, ?, ?, ?, ?)",
            [seq, client_id, at_ms, content, answer],
        )

    def waiting(self) -> Waiting:
        """Return how much waits for the centre, and since when."""
        row = self._db.execute("SELECT count(*), min(at_ms) FROM event WHERE handed_over_ms IS NULL").fetchone()
        return Waiting(*row)

    def oldest(self, most: int) -> list[tuple[int, bytes]]:
        """Return number and content of the oldest events that wait."""
        query = "SELECT seq, content FROM event WHERE handed_over_ms IS NULL ORDER BY seq LIMIT ?"
        return self._db.execute(query, [most]).fetchall()

    def handed_over(self, seqs: Iterable[int], now_ms: int) -> None:
        """Note that the centre has these, and forget what it has had for long."""
        self.begin()
        try:
            self._db.executemany("UPDATE event SET handed_over_ms = ? WHERE seq = ?", [(now_ms, seq) for seq in seqs])
            self._db.execute("DELETE FROM event WHERE handed_over_ms < ?", [now_ms - _KEPT_MS])
            self.commit()
        except sqlite3.Error:
            self.rollback()
            raise

    def number(self, name: str) -> int | None:
        """Return a number that is remembered."""
        row = self._db.execute("SELECT value FROM memory WHERE name = ?", [name]).fetchone()
        return row[0] if row else None

    def remember(self, name: str, value: int) -> None:
        """Remember a number, inside a change."""
        self._db.execute("INSERT OR REPLACE INTO memory VALUES (?, ?)", [name, value])

    def keep_lease(self, lease: Lease) -> None:
        """Remember what the door goes by, outside a change."""
        self._db.execute("INSERT OR REPLACE INTO memory VALUES ('lease', ?)", [json.dumps(asdict(lease))])

    def lease(self) -> Lease | None:
        """Return what the door goes by, None before it was given anything."""
        row = self._db.execute("SELECT value FROM memory WHERE name = 'lease'").fetchone()
        return Lease(**json.loads(row[0])) if row else None
