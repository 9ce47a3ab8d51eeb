"""Taking over a newer snapshot: only from the same root, not older, and with a log that grew out of the one known."""

from collections.abc import Callable
from pathlib import Path

from lianfang.gate.admission import Carried, load, updated
from lianfang.wire.keys import TrustList
from lianfang.wire.proofs import is_consistent
from lianfang.wire.refusal import Refused

# Asks the centre to prove that the log of one size begins that of another.
Prove = Callable[[int, int], list[bytes]]


class LogRewritten(Exception):
    """The centre cannot prove that its log still begins with what this door has seen."""

    code = "log_rewritten"


class SnapshotOlder(Exception):
    """The snapshot is older than the one carried."""

    code = "snapshot_older"


def renewed(carried: Carried | None, content: bytes, root: TrustList, prove: Prove) -> Carried:
    """Return what a door carries from now on. Raises: Refused, ProfileError, LogRewritten, SnapshotOlder."""
    found = load(content, root)
    if carried is None:
        return found
    _require_grown(carried, found, prove)
    return found


def brought_up(carried: Carried, update: bytes, root: TrustList, prove: Prove) -> Carried:
    """Return what a door carries after an update of its snapshot. Raises: Refused, LogRewritten, SnapshotOlder."""
    found = updated(carried, update, root)
    _require_grown(carried, found, prove)
    return found


def _require_grown(carried: Carried, found: Carried, prove: Prove) -> None:
    if found.issued_at < carried.issued_at:
        raise SnapshotOlder(f"issued {carried.issued_at - found.issued_at} s before the one carried")
    if carried.log_size == 0:
        return
    sizes = (carried.log_size, found.log_size)
    proof = prove(*sizes) if sizes[0] < sizes[1] else []
    if not is_consistent(*sizes, proof, (carried.log_root, found.log_root)):
        raise LogRewritten(f"the log of {sizes[1]} entries does not begin with the {sizes[0]} known here")


def kept(path: Path, root: TrustList) -> Carried | None:
    """Return what was carried last, None if nothing; an update that does not belong to it is left aside.

    Raises: OSError, Refused, ProfileError.
    """
    if not path.exists():
        return None
    carried = load(path.read_bytes(), root)
    try:
        return updated(carried, update_path(path).read_bytes(), root)
    except (OSError, Refused):
        return carried


def update_path(snapshot: Path) -> Path:
    """Return where the newest update of a snapshot is kept."""
    return snapshot.with_name(snapshot.name + ".update")
