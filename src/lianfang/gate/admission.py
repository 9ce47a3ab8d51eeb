"""One person at a door: the code is read, looked up in the lists the door carries, and put to the rule."""

from dataclasses import dataclass, replace

from lianfang.rules.gate import Admission, CodeState, GateFacts, ReadFacts, decide_admission
from lianfang.rules.profile import Profile, load_profile
from lianfang.rules.verdict import Verdict
from lianfang.wire import code, snapshot, status
from lianfang.wire.keys import KeyUse, TrustList
from lianfang.wire.refusal import Refusal, Refused
from lianfang.wire.sealed import point_of

_STATES = {
    status.Status.STANDS: CodeState.AS_ISSUED,
    status.Status.WITHDRAWN: CodeState.WITHDRAWN,
    status.Status.NOW_YELLOW: CodeState.NOW_YELLOW,
    status.Status.NOW_RED: CodeState.NOW_RED,
}


@dataclass(frozen=True, slots=True)
class Carried:
    """What a door carries, verified: keys, the rules' numbers, status lists by their number.

    `issued_at`: of the newest update, else of the snapshot. `full`: the lists as the snapshot has them.
    """

    issued_at: int
    snapshot_at: int
    log_size: int
    log_root: bytes
    trust: TrustList
    profile: Profile
    full: dict[int, status.SignedList]
    lists: dict[int, status.SignedList]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the door's staff and instruments add; temperatures in tenths of a degree Celsius."""

    tenths_celsius: int | None = None
    first_tenths_celsius: int | None = None
    inside: int = 0
    cap: int | None = None


def load(content: bytes, root: TrustList) -> Carried:
    """Verify a snapshot and every list in it. Raises: Refused, ProfileError."""
    found = snapshot.open_(content, root)
    trust = TrustList(found.keys)
    lists = [status.open_list(each, trust) for each in found.lists]
    profile = load_profile(found.profile)
    by_number = {each.edition.list_id: each for each in lists}
    at, log = found.issued_at, (found.log_size, found.log_root)
    return Carried(at, at, *log, trust, profile, by_number, by_number)


def updated(carried: Carried, content: bytes, root: TrustList) -> Carried:
    """Apply what has changed since the snapshot carried. Raises: Refused, also for an update of another snapshot."""
    found = snapshot.open_update(content, root)
    if found.since != carried.snapshot_at:
        raise Refused(Refusal.NOT_OURS)
    lists = dict(carried.full)
    for each in found.deltas:
        delta = status.open_delta(each, carried.trust)
        known = carried.full.get(delta.list_id)
        after = status.apply(known, delta) if known else None
        if after is None:
            raise Refused(Refusal.NOT_OURS)
        lists[delta.list_id] = after
    at, size, head = found.issued_at, found.log_size, found.log_root
    return replace(carried, issued_at=at, log_size=size, log_root=head, lists=lists)


@dataclass(frozen=True, slots=True)
class Decided:
    """A verdict, and the pseudonym of the code where its signatures hold."""

    verdict: Verdict[Admission]
    pseudonym: bytes | None


def admit(text: str, carried: Carried, reading: Reading, now: int) -> Verdict[Admission]:
    """Decide about the person who shows this code."""
    return decide(text, carried, reading, now).verdict


def decide(text: str, carried: Carried, reading: Reading, now: int) -> Decided:
    """Decide about the person who shows this code, and tell whose code it is; each signature is verified once."""
    read: ReadFacts | None = None
    refusal, list_issued_at, pseudonym = "", None, None
    try:
        found = code.read(text, carried.trust)
    except Refused as error:
        refusal = error.reason.value
    else:
        day_code = found.code
        pseudonym = day_code.pseudonym
        known = carried.lists.get(day_code.list_id)
        list_issued_at = known.edition.issued_at if known else None
        read = ReadFacts(
            colour=day_code.colour,
            issued_at=day_code.issued_at,
            expires_at=day_code.expires_at,
            state=_state(known, day_code.index),
            has_holder=day_code.holder is not None,
            shown_at=found.shown_at,
        )
    facts = GateFacts(
        now=now,
        read=read,
        refusal=refusal,
        list_issued_at=list_issued_at,
        tenths_celsius=reading.tenths_celsius,
        first_tenths_celsius=reading.first_tenths_celsius,
        inside=reading.inside,
        cap=reading.cap,
    )
    return Decided(decide_admission(facts, carried.profile), pseudonym)


def _state(known: status.SignedList | None, index: int) -> CodeState:
    if known is None or index >= len(known.statuses):
        return CodeState.NOT_LISTED
    return _STATES[status.Status(known.statuses[index])]


def sealing_point(carried: Carried) -> bytes:
    """Return the point to which scanners seal what only the centre may read, empty where the door was given none."""
    keys = [key for key in carried.trust.keys.values() if key.use is KeyUse.SEAL]
    return point_of(keys[0].public) if keys else b""


def pseudonym_of(text: str, trust: TrustList) -> bytes | None:
    """Return the pseudonym of a code whose signatures hold, None for any other."""
    try:
        return code.read(text, trust).code.pseudonym
    except Refused:
        return None
