"""The centre as a door sees it: it hands over, fetches what it carries, and does neither when there is no way there."""

import http.client
import json
import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lianfang.gate.admission import Carried
from lianfang.gate.carrying import brought_up, renewed, update_path
from lianfang.wire.keys import TrustList
from lianfang.wire.leases import Lease, open_lease

TIMEOUT_S: Final = 30
LARGEST_BYTES: Final = 16 << 20
# Whatever the way to the centre may do; each leaves the door as it was.
UNREACHABLE: Final = (OSError, http.client.HTTPException)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What the centre says to a batch. `received_ms`: its clock; `lease`: what the door goes by from now on, if it changed."""

    received_ms: int
    lease: Lease | None


@dataclass(frozen=True, slots=True)
class Centre:
    """Where the centre is. `root`: the one key the door was given."""

    url: str
    root: TrustList

    def hand_over(self, batch: bytes) -> Acknowledged:
        """Return what the centre says to a batch: it is stored there. Raises: OSError, HTTPException, ValueError."""
        headers = {"Content-Type": "application/cose"}
        request = urllib.request.Request(f"{self.url}/gate/sync", batch, headers)  # noqa: S310 - the scheme was checked
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            found: Any = json.loads(answer.read(LARGEST_BYTES))
        if not isinstance(found, dict) or not {"stored", "repeated", "quarantined"} <= set(found):
            raise ValueError("the centre's answer is not one to a batch")
        lease = found.get("lease", "")
        return Acknowledged(int(found["received_ms"]), open_lease(bytes.fromhex(lease), self.root) if lease else None)

    def prove(self, old: int, new: int) -> list[bytes]:
        """Return the centre's proof that the log of one size begins that of another."""
        answer = json.loads(self._fetched(f"/gate/consistency?old={old}&new={new}"))
        return [bytes.fromhex(part) for part in answer["proof"]]

    def renew(self, carried: Carried | None, path: Path) -> Carried:
        """Take over what changed, or a newer snapshot where the centre says so, and keep it.

        Raises: those of `renewed`, OSError, HTTPException, ValueError.
        """
        if carried is not None and (update := self._update(carried.snapshot_at)) is not None:
            found = brought_up(carried, update, self.root, self.prove)
            replace(update_path(path), update)
            return found
        content = self._fetched("/gate/snapshot")
        found = renewed(carried, content, self.root, self.prove)
        replace(path, content)
        return found

    def _update(self, since: int) -> bytes | None:
        """Return what changed since a snapshot; None: a new snapshot is to be fetched."""
        try:
            return self._fetched(f"/gate/update?since={since}")
        except urllib.error.HTTPError as error:
            if error.code == http.client.GONE:
                return None
            raise

    def _fetched(self, address: str) -> bytes:
        with urllib.request.urlopen(self.url + address, timeout=TIMEOUT_S) as answer:  # noqa: S310 - the scheme was checked
            content: bytes = answer.read(LARGEST_BYTES)
            return content


def replace(path: Path, content: bytes) -> None:
    """Whole or not at all, also when the power goes."""
    partial = path.with_name(path.name + ".part")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
