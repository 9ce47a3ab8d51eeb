"""The list of lots and packages with their hold state, and the record of one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet

from lianfang.apps.core.models import Measure, Subject, User
from lianfang.apps.goods import pages, selectors
from lianfang.apps.goods.selectors import Lot, Package
from lianfang.rules.vocabulary import MeasureKind, SubjectKind

KINDS: Final = (SubjectKind.LOT, SubjectKind.PACKAGE)
_STRICTEST_FIRST: Final = ("destruction", "held", "released")
HOLDING: Final = (MeasureKind.LOT_HOLD, MeasureKind.LOT_DESTRUCTION, MeasureKind.RECALL)


@dataclass(frozen=True, slots=True)
class GoodsQuery:
    """Which goods; empty means all."""

    q: str = ""
    kind: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class GoodsRow:
    """One lot or package in a list; `state`: a sign of kind "hold"."""

    subject: Subject
    product: str
    country: str
    n_pieces: int | None
    arrived_at: datetime | None
    state: str


@dataclass(frozen=True, slots=True)
class Record:
    """A lot, or a package with the lot it belongs to."""

    subject: Subject
    lot: Lot
    package: Package | None


def listed(query: GoodsQuery, *, by: User) -> QuerySet[Subject]:
    """Return the lots and packages of the reader's area that match, the newest first."""
    kinds = [query.kind] if query.kind in KINDS else list(KINDS)
    found = Subject.objects.filter(kind__in=kinds, area_code__startswith=by.area_code)
    if query.q:
        text = query.q.strip()
        begins = Q(code__startswith=text) | Q(code__startswith=text.upper())
        found = found.filter(begins | Q(pk__in=pages.lots_of_product(text)))
    if query.state:
        found = found.filter(_in_state(query.state))
    return found.order_by("-id")


def _in_state(state: str) -> Q:
    about = Measure.objects.filter(kind__in=HOLDING, subject__isnull=False)
    standing = about.filter(ended_at__isnull=True)
    destroyed = standing.filter(kind=MeasureKind.LOT_DESTRUCTION)
    conditions = {
        "destruction": _about(destroyed),
        "held": _about(standing) & ~_about(destroyed),
        "released": _about(about.filter(end=Measure.End.RELEASED)) & ~_about(standing),
        "free": ~_about(standing | about.filter(end=Measure.End.RELEASED)),
    }
    return conditions.get(state, Q())


def _about(measures: QuerySet[Measure]) -> Q:
    """Return the condition that a measure is about goods or, for a package, about its lot."""
    subjects = measures.values("subject")
    return Q(pk__in=subjects) | Q(pk__in=pages.packages_of_lots(subjects))


def rows_of(subjects: Iterable[Subject]) -> list[GoodsRow]:
    """Return goods as rows, with three queries."""
    subjects = list(subjects)
    ids = [subject.pk for subject in subjects]
    lots, packages = pages.lots_of(ids), pages.packages_of(ids)
    states = states_of(ids, packages)
    rows = []
    for subject in subjects:
        lot = lots.get(subject.pk) or (packages[subject.pk].lot if subject.pk in packages else None)
        rows.append(
            GoodsRow(
                subject=subject,
                product=lot.product if lot else subject.label,
                country=lot.country if lot else "",
                n_pieces=lot.n_pieces if lot and subject.kind == SubjectKind.LOT else None,
                arrived_at=lot.arrived_at if lot else None,
                state=states.get(subject.pk, "free"),
            )
        )
    return rows


def states_of(ids: Sequence[int], packages: Mapping[int, Package]) -> dict[int, str]:
    """Return the hold state of goods under or after a hold, a package's its lot's; what was never held is left out."""
    lots = {package: packages[package].lot_id for package in ids if package in packages}
    own = _own_states([*ids, *lots.values()])
    found = {}
    for each in ids:
        states = [own[one] for one in (each, lots.get(each)) if one in own]
        if states:
            found[each] = min(states, key=_STRICTEST_FIRST.index)
    return found


def _own_states(ids: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    rows = Measure.objects.filter(subject__in=ids, kind__in=HOLDING).order_by("ordered_at", "id")
    for subject, kind, ended_at, end in rows.values_list("subject_id", "kind", "ended_at", "end"):
        if ended_at is None:
            state = "destruction" if kind == MeasureKind.LOT_DESTRUCTION else "held"
        elif end == Measure.End.RELEASED:
            state = "released"
        else:
            continue
        found[subject or 0] = min((state, found.get(subject or 0, state)), key=_STRICTEST_FIRST.index)
    return found


def record_of(code: str, *, by: User) -> Record:
    """Return a lot or package of the reader's area. Raises: LotNotFound."""
    packages = selectors.packages(area=by.area_code).select_related("subject", "lot__subject", "lot__owner")
    package = packages.filter(subject__code=code).first()
    if package is not None:
        return Record(package.subject, package.lot, package)
    lot = selectors.lot_by_code(code, area=by.area_code)
    return Record(lot.subject, lot, None)


def state_of(record: Record) -> str:
    """Return the hold state of one lot or package."""
    packages = {record.subject.pk: record.package} if record.package else {}
    return states_of([record.subject.pk], packages).get(record.subject.pk, "free")
