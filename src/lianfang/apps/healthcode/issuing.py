"""Handing out signed codes, and what doors carry to read them: keys, status lists, the rules' numbers."""

import secrets
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from lianfang.apps.core import audit, evidence, log
from lianfang.apps.core.errors import Conflict, NotFound
from lianfang.apps.core.models import ProfileEdition, User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.healthcode import keys, selectors, services
from lianfang.apps.healthcode.models import CodeHolder, CodeWithdrawal, CurrentCode, IssuedCode
from lianfang.rules.profile import Profile
from lianfang.rules.vocabulary import Colour
from lianfang.wire import code, snapshot, status
from lianfang.wire.keys import KeyUse

CAPACITY: Final = 1 << 18  # codes of one list; it packs to about a kilobyte
_DRAWS: Final = 50
_STATUSES: Final = {Colour.YELLOW: status.Status.NOW_YELLOW, Colour.RED: status.Status.NOW_RED}
_STRICTEST_FIRST: Final = tuple(Colour)
_COLOUR_NOW: Final = Subquery(CurrentCode.objects.filter(pk=OuterRef("subject")).values("colour"))
FULL_EVERY_S: Final = 3600
_UNDER_WAY: Final = timedelta(minutes=10)  # what was decided before a snapshot and committed after it


class CodesNotKnown(Conflict):
    """The edition in force has no health code."""

    code = "codes_not_known"


class ListFull(Conflict):
    """No free index was found in the list."""

    code = "status_list_full"


class SnapshotOver(Conflict):
    """The snapshot is so old, or so much has changed, that a new one is needed."""

    code = "snapshot_over"
    http_status = 410


class CodeNotFound(NotFound):
    """No such code was issued, or not in this area."""

    code = "issued_code_not_found"


@transaction.atomic
def issue(*, person_code: str, at: datetime, by: User) -> IssuedCode:
    """Issue a code for paper, of the colour that stands, valid as long as the edition says.

    Raises: PersonNotFound, CodesNotKnown, ListFull, PermissionMissing, AreaMissing.
    """
    person = selectors.person(person_code, by=by)
    require(by, Permission.ISSUE_CODES, area_code=person.area_code)
    return issue_to(person.pk, at=at, by=by)


@transaction.atomic
def issue_to(subject_id: int, *, at: datetime, by: User | None, holder: bytes | None = None) -> IssuedCode:
    """Issue a code: by staff for paper, by None for the citizen's own screen; `holder`: the key of their phone.

    Raises: CodesNotKnown, ListFull.
    """
    profile = profile_in_force(at=at)
    current = services.decided(subject_id, at=at)
    if not current.colour or profile.gate is None:
        raise CodesNotKnown("The edition in force has no health code.")
    valid_s = profile.gate.paper_valid_s if by else profile.gate.code_valid_s
    issued_at = at.replace(microsecond=0)
    made = _stored(
        IssuedCode(
            subject_id=subject_id,
            list_id=keys.paper_list(at) if by else keys.day_number(at),
            colour=current.colour,
            issued_at=issued_at,
            expires_at=issued_at + timedelta(seconds=valid_s),
            issued_by=by,
        )
    )
    held = [CodeHolder.objects.create(issued=made, public=holder)] if holder else []
    audit.record("healthcode.issued", by=by, at=at, subjects=[subject_id], issued=made.pk)
    evidence.record("issued_code", [made])
    evidence.record("code_holder", held)
    return made


@transaction.atomic
def withdraw(subject_id: int, *, why: str, at: datetime, by: User | None) -> int:
    """Withdraw every code of a person that is still valid; return how many. Repeating it withdraws what was issued since."""
    valid = IssuedCode.objects.filter(subject=subject_id, expires_at__gt=at, withdrawal__isnull=True)
    rows = [
        CodeWithdrawal(issued=made, why=why, withdrawn_at=at, withdrawn_by=by)
        for made in valid.select_for_update(of=("self",)).order_by("pk")
    ]
    for row in rows:
        row.save(force_insert=True)
    if rows:
        audit.record("healthcode.withdrawn", by=by, at=at, subjects=[subject_id], n=len(rows), why=why)
        evidence.record("code_withdrawal", rows)
    return len(rows)


@transaction.atomic
def withdraw_for(*, person_code: str, why: str, at: datetime, by: User) -> int:
    """Withdraw a person's codes. Raises: PersonNotFound, PermissionMissing, AreaMissing."""
    person = selectors.person(person_code, by=by)
    require(by, Permission.ISSUE_CODES, area_code=person.area_code)
    return withdraw(person.pk, why=why, at=at, by=by)


def _stored(made: IssuedCode) -> IssuedCode:
    """Save with a free index and a pseudonym, both drawn at random."""
    for _ in range(_DRAWS):
        made.index, made.pseudonym = secrets.randbelow(CAPACITY), secrets.token_bytes(code.PSEUDONYM_BYTES)
        try:
            with transaction.atomic():
                made.save(force_insert=True)
        except IntegrityError:
            continue
        return made
    raise ListFull("No free place was found in the status list.")


def issued_code(issued_id: int, *, by: User) -> IssuedCode:
    """Return a code issued in the reader's area. Raises: CodeNotFound."""
    found = IssuedCode.objects.select_related("subject", "issued_by", "holder", "withdrawal")
    found = found.filter(pk=issued_id, subject__area_code__startswith=by.area_code)
    if not found:
        raise CodeNotFound("There is no such code in your area.")
    return found[0]


def text_of(made: IssuedCode) -> str:
    """Return the text that is drawn; signing is deterministic, so it is always the same."""
    minutes = (made.expires_at - made.issued_at) // timedelta(minutes=1)
    day_code = code.DayCode(
        colour=Colour(made.colour),
        list_id=made.list_id,
        index=made.index,
        issued_at=int(made.issued_at.timestamp()),
        valid_minutes=minutes,
        pseudonym=bytes(made.pseudonym),
        holder=bytes(made.holder.public) if hasattr(made, "holder") else None,
    )
    return code.issue(day_code, keys.day_key(KeyUse.CODE, keys.day_number(made.issued_at)))


def snapshot_for_doors(*, at: datetime) -> bytes:
    """Return, signed by the root key, all a door needs to decide without the centre. It names nobody."""
    profile = profile_in_force(at=at)
    valid_s = max(profile.gate.code_valid_s, profile.gate.paper_valid_s) if profile.gate else 0
    days = 1 + valid_s // keys.DAY_S
    head = log.newest_head()
    found = snapshot.Snapshot(
        issued_at=int(at.timestamp()),
        profile=ProfileEdition.objects.get(edition=profile.edition).toml,
        keys=(*keys.believed(at, days=days), keys.sealing_public()),
        lists=_lists(at, profile),
        log_size=head.size if head else 0,
        log_root=bytes(head.root) if head else b"",
    )
    return snapshot.sign(found, keys.root_key())


def update_for_doors(since: int, *, at: datetime) -> bytes:
    """Return, signed by the root key, what became of codes since a snapshot, and the log's head.

    `since`: when the snapshot was issued. Raises: SnapshotOver.
    """
    now = int(at.timestamp())
    then = datetime.fromtimestamp(min(since, now), tz=UTC)
    edition = profile_in_force(at=at).edition
    same_day = keys.day_number(then) == keys.day_number(at)
    if not 0 <= now - since < FULL_EVERY_S or not same_day or profile_in_force(at=then).edition != edition:
        raise SnapshotOver("Fetch a new snapshot.")
    key = keys.day_key(KeyUse.STATUS, keys.day_number(at))
    valid = IssuedCode.objects.filter(expires_at__gt=at)
    changes = _statuses(_moved_since(valid, then - _UNDER_WAY))
    deltas = tuple(
        status.sign_delta(
            status.Delta(list_id, since, max(now, since + 1), now, tuple(sorted(changes[list_id].items()))), key
        )
        for list_id in _list_ids(valid, at)
    )
    head = log.newest_head()
    size, root = (head.size, bytes(head.root)) if head else (0, b"")
    return snapshot.sign_update(snapshot.Update(since, now, deltas, size, root), keys.root_key())


def _moved_since(valid: QuerySet[IssuedCode], since: datetime) -> QuerySet[IssuedCode]:
    """Return the codes whose person's colour was decided since, or that were withdrawn since."""
    decided = CurrentCode.objects.filter(pk=OuterRef("subject"), verdict__decided_at__gte=since)
    return valid.filter(Q(Exists(decided)) | Q(withdrawal__withdrawn_at__gte=since))


def _lists(at: datetime, profile: Profile) -> tuple[bytes, ...]:
    """Return the signed status lists that speak of codes still valid, those new codes go to in any case."""
    now = int(at.timestamp())
    valid = IssuedCode.objects.filter(expires_at__gt=at)
    moved = valid.annotate(now=_COLOUR_NOW).filter(~Q(now=F("colour")) | Q(withdrawal__isnull=False))
    changes = _statuses(moved)
    stale_s = profile.gate.list_stale_s if profile.gate else 0
    lists = []
    for list_id in _list_ids(valid, at):
        edition = status.Edition(list_id, version=now, issued_at=now, ttl_s=60, expires_at=now + stale_s)
        statuses = status.StatusList.of(2, CAPACITY, changes[list_id])
        lists.append(status.sign_list(edition, statuses, keys.day_key(KeyUse.STATUS, keys.day_number(at))))
    return tuple(lists)


def _list_ids(valid: QuerySet[IssuedCode], at: datetime) -> list[int]:
    return sorted({keys.day_number(at), keys.paper_list(at), *valid.values_list("list_id", flat=True).distinct()})


def _statuses(codes: QuerySet[IssuedCode]) -> dict[int, dict[int, int]]:
    """Return what has become of codes since they were issued, by list and index."""
    found: dict[int, dict[int, int]] = defaultdict(dict)
    fields = ("list_id", "index", "colour", "now", "withdrawal__withdrawn_at")
    for list_id, index, issued, current, withdrawn_at in codes.annotate(now=_COLOUR_NOW).values_list(*fields):
        found[list_id][index] = status.Status.WITHDRAWN if withdrawn_at else _became(issued, current)
    return found


def _became(issued: str, current: str | None) -> status.Status:
    if current and _STRICTEST_FIRST.index(Colour(current)) < _STRICTEST_FIRST.index(Colour(issued)):
        return _STATUSES[Colour(current)]
    return status.Status.STANDS
