"""The list of lots and packages with their hold state, and the record of one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from lianfang.apps.core.models import Measure, Subject, User
from lianfang.apps.goods import pages, selectors
from lianfang.apps.goods.selectors import Lot, Package
from lianfang.rules.vocabulary import MeasureKind, SubjectKind

KINDS: Final = (SubjectKind.LOT, SubjectKind.PACKAGE)
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
        found = found.filter(begins | Q(label__icontains=text))
    if query.state:
        found = found.filter(_in_state(query.state))
    return found.order_by("-id")


def _in_state(state: str) -> Q:
    about = Measure.objects.filter(subject=OuterRef("pk"))
    standing = about.filter(ended_at__isnull=True)
    destroyed = standing.filter(kind=MeasureKind.LOT_DESTRUCTION)
    held = standing.filter(kind__in=HOLDING)
    conditions = {
        "destruction": Q(Exists(destroyed)),
        "held": Q(Exists(held)) & ~Q(Exists(destroyed)),
        "released": Q(Exists(about.filter(kind__in=HOLDING, end=Measure.End.RELEASED))) & ~Q(Exists(held)),
        "free": ~Q(Exists(about.filter(kind__in=HOLDING).exclude(end=Measure.End.WITHDRAWN))),
    }
    return conditions.get(state, Q())


def rows_of(subjects: Iterable[Subject]) -> list[GoodsRow]:
    """Return goods as rows, with three queries."""
    subjects = list(subjects)
    ids = [subject.pk for subject in subjects]
    lots, packages, states = pages.lots_of(ids), pages.packages_of(ids), states_of(ids)
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


def states_of(ids: Sequence[int]) -> dict[int, str]:
    """Return the hold state of goods under or after a hold; what was never held is left out."""
    found: dict[int, str] = {}
    rows = Measure.objects.filter(subject__in=ids, kind__in=HOLDING).order_by("ordered_at", "id")
    for subject, kind, ended_at, end in rows.values_list("subject_id", "kind", "ended_at", "end"):
        before = found.get(subject or 0)
        if ended_at is None:
            is_destroyed = kind == MeasureKind.LOT_DESTRUCTION or before == "destruction"
            found[subject or 0] = "destruction" if is_destroyed else "held"
        elif end == Measure.End.RELEASED and before not in {"held", "destruction"}:
            found[subject or 0] = "released"
    return found


def record_of(code: str, *, by: User) -> Record:
    """Return a lot or package of the reader's area. Raises: LotNotFound."""
    packages = selectors.packages(area=by.area_code).select_related("subject", "lot__subject", "lot__owner")
    package = packages.filter(subject__code=code).first()
    if package is not None:
        return Record(package.subject, package.lot, package)
    lot = selectors.lot_by_code(code, area=by.area_code)
    return Record(lot.subject, lot, None)
