"""Importing the published divisions, and entering the organisations that answer for them."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.timezone import localdate

from lianfang.apps.areas import selectors
from lianfang.apps.areas.models import Area
from lianfang.apps.areas.published import SHAPES, PublishedList, PublishedUnit, read_published
from lianfang.apps.core import audit
from lianfang.apps.core.models import User
from lianfang.apps.core.selectors import OrganisationKind, territories_of
from lianfang.apps.core.services import OrganisationEntry, register_organisations
from lianfang.rules.vocabulary import ResponsibleKind


@dataclass(frozen=True, slots=True)
class Rename:
    """A unit whose published name differs from the one stored before."""

    code: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class LevelCount:
    """One level's reconciliation: rows = skipped + added + renamed + unchanged + restored (withdrawn have no row)."""

    rows: int
    skipped: int
    added: int
    renamed: int
    unchanged: int
    restored: int
    withdrawn: int


@dataclass(frozen=True, slots=True)
class DivisionsImported:
    """What an import did, by level, with every rename and every unit no longer listed."""

    levels: dict[str, LevelCount]
    renamed: tuple[Rename, ...]
    withdrawn: tuple[str, ...]
    restored: tuple[str, ...]

    @property
    def changed(self) -> int:
        """How many units differ from what was stored before."""
        return sum(n.added + n.renamed + n.restored + n.withdrawn for n in self.levels.values())


@dataclass(slots=True)
class _Changes:
    """Units sorted by what the list says about them."""

    write: list[Area] = field(default_factory=list)
    outcome: dict[str, Counter[int]] = field(
        default_factory=lambda: {key: Counter() for key in ("added", "renamed", "unchanged", "restored", "withdrawn")}
    )
    renamed: list[Rename] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)


@transaction.atomic
def import_divisions(directory: Path, *, county_code: str, by: User | None, at: datetime) -> DivisionsImported:
    """Import the nation down to its counties and one county's townships and villages. Repeating it changes nothing.

    Units the list no longer names are marked withdrawn, never deleted: records refer to them.
    Raises: DivisionsRefused, before anything is stored.
    """
    published = read_published(directory, county_code=county_code)
    stored = {area.code: area for area in _scope(county_code).select_for_update()}
    changes = _Changes()
    for unit in published.units:
        _compare(unit, stored.pop(unit.code, None), changes)
    gone = [area for area in stored.values() if area.withdrawn_on is None]
    for area in gone:
        area.withdrawn_on = localdate(at)
        changes.outcome["withdrawn"][area.level] += 1
    Area.objects.bulk_create(
        changes.write,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "withdrawn_on"],
        batch_size=2_000,
    )
    Area.objects.bulk_update(gone, ["withdrawn_on"], batch_size=2_000)
    report = _report(published, changes, gone)
    if report.changed:
        counts = {name: [n.added, n.renamed, n.restored, n.withdrawn] for name, n in report.levels.items()}
        audit.record("areas.imported", by=by, at=at, county=county_code, counts=counts)
    return report


def _scope(county_code: str) -> QuerySet[Area]:
    """Return what the import speaks for: all down to counties, and this county's own units."""
    return Area.objects.filter(Q(level__lte=Area.Level.COUNTY) | Q(code__startswith=county_code))


def _compare(unit: PublishedUnit, area: Area | None, changes: _Changes) -> None:
    if area is None:
        changes.outcome["added"][unit.level] += 1
    elif area.withdrawn_on is not None:
        changes.outcome["restored"][unit.level] += 1
        changes.restored.append(unit.code)
    elif area.name != unit.name:
        changes.outcome["renamed"][unit.level] += 1
    else:
        changes.outcome["unchanged"][unit.level] += 1
        return
    if area is not None and area.name != unit.name:
        changes.renamed.append(Rename(unit.code, area.name, unit.name))
    changes.write.append(Area(code=unit.code, name=unit.name, level=unit.level, parent_id=unit.parent or None))


def _report(published: PublishedList, changes: _Changes, gone: list[Area]) -> DivisionsImported:
    kept = Counter(unit.level for unit in published.units)
    levels = {}
    for shape in SHAPES:
        rows = published.rows_read[shape.filename]
        outcome = {name: counter[shape.level] for name, counter in changes.outcome.items()}
        levels[shape.filename] = LevelCount(rows=rows, skipped=rows - kept[shape.level], **outcome)
    return DivisionsImported(
        levels=levels,
        renamed=tuple(changes.renamed),
        withdrawn=tuple(area.code for area in gone),
        restored=tuple(changes.restored),
    )


@transaction.atomic
def register_territories(*, county_code: str, by: User | None, at: datetime) -> int:
    """Enter the organisation that answers for each unit of the county that has none yet; return how many (S-1.1).

    The county's own is its epidemic-control command; a village-level unit's is the committee the list names.
    Raises: AreaNotFound if the county's divisions have not been imported.
    """
    present = territories_of(county_code)
    units = [selectors.division(county_code), *selectors.townships_of(county_code), *selectors.villages_of(county_code)]
    entries = [_territory(unit) for unit in units if unit.code not in present]
    register_organisations(entries, by=by, at=at)
    return len(entries)


def _territory(unit: selectors.Division) -> OrganisationEntry:
    if unit.level == selectors.Level.COUNTY:
        kind, name = OrganisationKind.COMMAND, f"{unit.name}疫情防控指挥部"
    elif unit.level == selectors.Level.TOWNSHIP:
        ending = "管理委员会" if unit.name.endswith("区") else "人民政府"
        kind, name = OrganisationKind.TOWNSHIP, f"{unit.name}{ending}"
    else:
        kind, name = OrganisationKind.VILLAGE, unit.name
    return OrganisationEntry(
        code=f"territory-{unit.code}",
        name=name,
        kind=kind,
        responsible_kind=ResponsibleKind.TERRITORY,
        area_code=unit.code,
    )
