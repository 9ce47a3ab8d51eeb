"""Goods as pages show them: records of many at once, and the tree of what became of what."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from django.db.models import QuerySet

from lianfang.apps.core.models import Subject
from lianfang.apps.goods.models import Lot, LotLink, Package

Way = Literal["up", "down"]
DEPTH: Final = 8
MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Branch:
    """One step of the tree: what it became (or came from), how, when, and how deep it stands below the root."""

    subject: Subject
    kind: str
    at: datetime
    depth: int


@dataclass(frozen=True, slots=True)
class Tree:
    """What a lot became or came from, in reading order; `is_cut`: there is more than is listed."""

    branches: Sequence[Branch]
    is_cut: bool


def lots_of(subject_ids: Collection[int]) -> dict[int, Lot]:
    """Return the lots among these subjects, by id."""
    return Lot.objects.select_related("owner").in_bulk(subject_ids)


def packages_of(subject_ids: Collection[int]) -> dict[int, Package]:
    """Return the packages among these subjects, by id, with their lot and its subject."""
    return Package.objects.select_related("lot__subject", "lot__owner").in_bulk(subject_ids)


def packages_in(lot_id: int, limit: int) -> tuple[list[Subject], int]:
    """Return the first packages of a lot, and how many there are."""
    found = Package.objects.filter(lot=lot_id).select_related("subject").order_by("subject_id")
    return [package.subject for package in found[:limit]], found.count()


def lots_of_product(text: str) -> QuerySet[Lot, int]:
    """Return the ids of the lots whose product's name contains the text."""
    return Lot.objects.filter(product__icontains=text).values_list("subject_id", flat=True)


def packages_of_lots(lot_ids: Any) -> QuerySet[Package, int]:
    """Return the ids of the packages of some lots (a subquery of lot ids, or ids)."""
    return Package.objects.filter(lot__in=lot_ids).values_list("subject_id", flat=True)


def tree_of(subject_id: int, way: Way) -> Tree:
    """Return what a lot or package became ("down") or came from ("up"); one query a generation."""
    children: dict[int, list[LotLink]] = {}
    frontier, seen, is_cut = [subject_id], {subject_id}, False
    for _ in range(DEPTH):
        links = _links(frontier, way)
        for link in links:
            children.setdefault(_near(link, way), []).append(link)
        fresh = {_far(link, way) for link in links} - seen
        is_cut = len(seen) + len(fresh) > MOST
        frontier = sorted(fresh)[: MOST - len(seen)]
        seen |= set(frontier)
        if not frontier:
            break
    return Tree(list(_walk(subject_id, children, way)), is_cut or bool(frontier))


def _links(ids: Sequence[int], way: Way) -> list[LotLink]:
    found = LotLink.objects.filter(source__in=ids) if way == "down" else LotLink.objects.filter(target__in=ids)
    return list(found.select_related("source", "target").order_by("at", "id")[:MOST])


def _near(link: LotLink, way: Way) -> int:
    return link.source_id if way == "down" else link.target_id


def _far(link: LotLink, way: Way) -> int:
    return link.target_id if way == "down" else link.source_id


def _walk(root: int, children: dict[int, list[LotLink]], way: Way) -> Iterable[Branch]:
    """Walk in reading order; what is reached twice (a merge) is opened once."""
    opened = {root}
    waiting = [(link, 0) for link in reversed(children.get(root, []))]
    while waiting:
        link, depth = waiting.pop()
        far = _far(link, way)
        yield Branch(link.target if way == "down" else link.source, link.kind, link.at, depth)
        if far not in opened:
            opened.add(far)
            waiting += [(each, depth + 1) for each in reversed(children.get(far, []))]
