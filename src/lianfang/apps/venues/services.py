"""What is done about key places: registered, logged, and watched by a rule that gives tasks."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.db import transaction

from lianfang.apps.core import audit, bulk, evidence
from lianfang.apps.core.errors import Conflict, DomainError
from lianfang.apps.core.locks import Lock, wait_for
from lianfang.apps.core.models import Task, User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.core.profiles import profile_in_force
from lianfang.apps.core.verdicts import Occasion, stored
from lianfang.apps.core.work import UNFINISHED
from lianfang.apps.gates.services import set_limit
from lianfang.apps.places.selectors import place_by_code
from lianfang.apps.venues import selectors
from lianfang.apps.venues.models import LogEntry, Registration, VenueState
from lianfang.rules.codec import to_plain
from lianfang.rules.profile import Profile, VenueNumbers
from lianfang.rules.venue import VenueStanding, watch_venue
from lianfang.rules.vocabulary import LogKind, ResponsibleKind, TaskKind

PHOTO_MAX_BYTES = 5 << 20
# What pictures begin with; the name and the type a browser claims are not believed.
_PICTURES = ((b"\xff\xd8\xff", "jpg"), (b"\x89PNG\r\n\x1a\n", "png"))


class NotAPicture(DomainError):
    """The file is no JPEG, PNG or WebP picture, by its content."""

    code = "not_a_picture"
    http_status = 422


class PhotoTooLarge(DomainError):
    """The picture is larger than 5 MiB."""

    code = "photo_too_large"
    http_status = 422


class LogTaken(Conflict):
    """This client id belongs to another entry."""

    code = "log_taken"


class StaffNotCounted(DomainError):
    """A staff health log says how many were checked and how many of them are unwell."""

    code = "staff_not_counted"
    http_status = 422


@dataclass(frozen=True, slots=True)
class Terms:
    """What is to hold for a key place; minutes after midnight."""

    is_open: bool
    limit: int | None
    opens_minute: int
    closes_minute: int
    regulator_id: int


@dataclass(frozen=True, slots=True)
class LogReport:
    """One entry as made at the place; `photo`: the bytes of a picture, if any."""

    client_id: uuid.UUID
    kind: LogKind
    note: str = ""
    n_staff: int | None = None
    n_unwell: int | None = None
    photo: bytes = b""


@transaction.atomic
def register(*, place_code: str, terms: Terms, at: datetime, by: User) -> Registration:
    """Make a place a key place, or change what holds for it; the same terms again change nothing.

    Raises: PlaceNotFound, PermissionMissing, AreaMissing.
    """
    place = place_by_code(place_code, area=by.area_code)
    require(by, Permission.REGISTER_VENUES, area_code=place.area_code)
    _one_at_a_time()
    before = Registration.objects.filter(place=place).order_by("-version").first()
    said = {name: getattr(terms, name) for name in Terms.__slots__}
    if before is not None and all(getattr(before, name) == value for name, value in said.items()):
        return before
    made = Registration.objects.create(
        place=place,
        version=before.version + 1 if before else 1,
        since=before.since if before is not None and before.is_open and terms.is_open else at,
        recorded_at=at,
        recorded_by=by,
        **said,
    )
    set_limit(place_id=place.pk, limit=terms.limit if terms.is_open else None)
    audit.record("venues.registered", by=by, at=at, place=place.pk, version=made.version)
    evidence.record("venue", [made])
    return made


@transaction.atomic
def keep_log(*, place_code: str, report: LogReport, at: datetime, by: User) -> LogEntry:
    """Record one entry once. Raises: VenueNotFound, PermissionMissing, LogTaken, StaffNotCounted, NotAPicture, PhotoTooLarge."""
    require(by, Permission.KEEP_VENUE_LOGS)
    place = selectors.venue(place_code, by=by).place
    _refuse_uncounted(report)
    known = LogEntry.objects.filter(client_id=report.client_id).first()
    if known is not None:
        if (known.place_id, known.kept_by_id, known.kind) != (place.pk, by.pk, report.kind):
            raise LogTaken("This entry's id was used before.")
        return known
    made = LogEntry(
        place=place,
        client_id=report.client_id,
        kind=report.kind,
        note=report.note.strip(),
        n_staff=report.n_staff,
        n_unwell=report.n_unwell,
        kept_at=at,
        kept_by=by,
    )
    if report.photo:
        made.photo_sha256 = hashlib.sha256(report.photo).hexdigest()
        made.photo = ContentFile(report.photo, name=f"{uuid.uuid4()}.{picture_kind(report.photo)}")
    made.save()
    audit.record("venues.logged", by=by, at=at, place=place.pk, kind=report.kind.value)
    evidence.record("venue_log", [made])
    return made


def picture_kind(content: bytes) -> str:
    """Return jpg, png or webp. Raises: NotAPicture, PhotoTooLarge."""
    if len(content) > PHOTO_MAX_BYTES:
        raise PhotoTooLarge("The picture is larger than 5 MiB.", field="photo")
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    for beginning, kind in _PICTURES:
        if content.startswith(beginning):
            return kind
    raise NotAPicture("Choose a JPEG, PNG or WebP picture.", field="photo")


def _refuse_uncounted(report: LogReport) -> None:
    if report.kind is not LogKind.STAFF_HEALTH:
        return
    if report.n_staff is None or report.n_unwell is None or not 0 <= report.n_unwell <= report.n_staff:
        raise StaffNotCounted("Say how many were checked, and how many of them are unwell.", field="n_staff")
    if report.n_unwell and not report.note.strip():
        raise StaffNotCounted("Say who stays at home, by number at work, and what was done.", field="note")


@transaction.atomic
def watch(*, at: datetime) -> int:
    """Put every key place to the rule; keep verdicts that changed, give and withdraw tasks. Return how many changed.

    Safe to repeat and beside itself.
    """
    profile = profile_in_force(at=at)
    _one_at_a_time()
    registrations = {each.place_id: each for each in selectors.current()}
    before = selectors.states(list(registrations))
    known = evidence.known_seq()
    facts = selectors.facts_of(list(registrations.values()), known_seq=known, at=at)
    rows, changed = [], []
    for place, registration in registrations.items():
        verdict = watch_venue(facts[place], profile)
        state = before.get(place)
        said = (to_plain(verdict.outcome), to_plain(verdict.reasons), verdict.edition)
        if state is None or said != (state.verdict.outcome, state.verdict.reasons, state.verdict.edition):
            rows.append(stored(verdict, None, Occasion(known, at)))
            changed.append((registration, verdict.outcome.standing))
    bulk.allot_ids(rows)
    tasks = [task for registration, standing in changed for task in _follow(registration, standing, profile, at)]
    evidence.insert("verdict", rows)
    for (registration, standing), row in zip(changed, rows, strict=True):
        VenueState.objects.update_or_create(
            place_id=registration.place_id, defaults={"verdict": row, "standing": standing.value}
        )
    Task.objects.bulk_create(tasks)
    return len(rows)


def _follow(registration: Registration, standing: VenueStanding, profile: Profile, at: datetime) -> Sequence[Task]:
    """Withdraw what is no longer asked, return what is newly asked: of the place, and of its regulator when unwatched."""
    wanted = {
        VenueStanding.MISSING: (TaskKind.KEEP_LOGS,),
        VenueStanding.UNWATCHED: (TaskKind.KEEP_LOGS, TaskKind.CHECK_VENUE),
    }.get(standing, ())
    open_tasks = Task.objects.filter(place=registration.place_id, status__in=UNFINISHED)
    of_ours = open_tasks.filter(kind__in=[TaskKind.KEEP_LOGS, TaskKind.CHECK_VENUE])
    of_ours.exclude(kind__in=wanted).update(status=Task.Status.CANCELLED, finished_at=at)
    standing_kinds = set(of_ours.values_list("kind", flat=True))
    numbers = profile.venue
    return [_task(registration, kind, numbers, at) for kind in wanted if kind not in standing_kinds and numbers]


def _task(registration: Registration, kind: TaskKind, numbers: VenueNumbers, at: datetime) -> Task:
    place = registration.place
    is_regulators = kind is TaskKind.CHECK_VENUE
    return Task(
        kind=kind,
        place=place,
        responsible_kind=ResponsibleKind.REGULATOR if is_regulators else ResponsibleKind.UNIT,
        organisation=registration.regulator if is_regulators else place.organisation,
        area_code=place.area_code,
        created_at=at,
        due_at=at + timedelta(seconds=numbers.answer_s),
    )


def _one_at_a_time() -> None:
    wait_for(Lock.WATCH)
