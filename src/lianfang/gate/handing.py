"""Handing over to the centre, beside the door's work and never before it: oldest first, again until it is acknowledged."""

import random
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.error import HTTPError

from lianfang.gate.carrying import LogRewritten, SnapshotOlder
from lianfang.gate.centre import UNREACHABLE, Centre
from lianfang.gate.door import Door
from lianfang.gate.store import Store
from lianfang.rules.profile import ProfileError
from lianfang.wire.doors import Batch, sign_batch
from lianfang.wire.keys import SigningKey
from lianfang.wire.refusal import Refused

MOST: Final = 5_000
EVERY_S: Final = 2.0
HEARD_EVERY_S: Final = 30.0
RENEW_S: Final = 60.0
_LONGEST_WAIT_S: Final = 30.0


@dataclass(slots=True)
class Contact:
    """How it went with the centre: `failure` is why it did not the last time, empty when it did."""

    handed_over_at: float | None = None
    failure: str = ""
    log_failure: str = ""


class Handing:
    """A thread that hands over and renews what the door carries."""

    def __init__(self, door: Door, key: SigningKey, centre: Centre, home: Path) -> None:
        self.contact = Contact()
        self.centre = centre
        self._door, self._key, self._home = door, key, home
        self._stop = threading.Event()
        self._renewed_at: float | None = None
        self._heard: float | None = None
        self._thread = threading.Thread(target=self._run, name="handing", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is under way."""
        self._stop.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        store, wait_s = Store(self._home / "door.sqlite3"), EVERY_S
        while not self._stop.is_set():
            try:
                more = self.hand_over(store)
                self.renew()
                self.contact.failure, wait_s = "", (0.0 if more else EVERY_S)
            except HTTPError as error:
                self.contact.failure = f"http {error.code}"
                wait_s = _waiting(error, wait_s)
            except Exception as error:  # noqa: BLE001 - a worker loop: whatever it is, the door goes on and says so
                self.contact.failure = type(error).__name__
                wait_s = min(_LONGEST_WAIT_S, max(EVERY_S, wait_s * 2))
            # Many doors come back at once after an outage: not all in the same second.
            self._stop.wait(wait_s * random.uniform(0.5, 1.0))  # noqa: S311
        store.close()

    def hand_over(self, store: Store) -> bool:
        """Hand over one batch; return whether more waits. Raises: OSError, HTTPException, ValueError, sqlite3.Error.

        Without events the door is heard of now and then, so that others get the room it does not use.
        """
        rows, before = store.oldest(MOST), self._heard
        if rows or before is None or time.monotonic() - before > HEARD_EVERY_S:
            door = self._door
            events = tuple(content for _, content in rows)
            batch = Batch(self._key.kid.decode(), door.clock(), door.inside, door.lease_number, events)
            answer = self.centre.hand_over(sign_batch(batch, self._key))
            store.handed_over([seq for seq, _ in rows], int(time.time() * 1000))
            if answer.lease is not None:
                store.keep_lease(answer.lease)
            door.told(answer.received_ms, answer.lease)
            self.contact.handed_over_at, self._heard = time.time(), time.monotonic()
        return len(rows) == MOST

    def renew(self) -> None:
        """Renew what the door carries when it is time; a log that was rewritten is said and not followed."""
        now = time.monotonic()
        if self._renewed_at is not None and now - self._renewed_at < RENEW_S:
            return
        try:
            self._door.carried = self.centre.renew(self._door.carried, self._home / "snapshot")
            self.contact.log_failure = ""
        except (LogRewritten, SnapshotOlder) as error:
            self.contact.log_failure = error.code
        except (Refused, ProfileError) as error:
            self.contact.log_failure = str(error)
        self._renewed_at = now


def _waiting(error: HTTPError, before_s: float) -> float:
    asked = error.headers.get("Retry-After", "") if error.headers else ""
    if asked.isdigit():
        return min(600.0, float(asked))
    return min(_LONGEST_WAIT_S, max(EVERY_S, before_s * 2))


__all__ = ["UNREACHABLE", "Contact", "Handing"]
