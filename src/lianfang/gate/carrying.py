"""Taking over a newer snapshot: only from the same root, not older, and with a log that grew out of the one known."""

from collections.abc import Callable

from lianfang.gate.admission import Carried, load
from lianfang.wire.keys import TrustList
from lianfang.wire.proofs import is_consistent

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
    if found.issued_at < carried.issued_at:
        raise SnapshotOlder(f"issued {carried.issued_at - found.issued_at} s before the one carried")
    if carried.log_size == 0:
        return found
    sizes = (carried.log_size, found.log_size)
    proof = prove(*sizes) if sizes[0] < sizes[1] else []
    if not is_consistent(*sizes, proof, (carried.log_root, found.log_root)):
        raise LogRewritten(f"the log of {sizes[1]} entries does not begin with the {sizes[0]} known here")
    return found
