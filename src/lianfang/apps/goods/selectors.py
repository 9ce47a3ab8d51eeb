"""Reading lots, packages and links."""

import polars as pl
from django.db.models import QuerySet

from lianfang.apps.core.copying import fetch
from lianfang.apps.core.errors import NotFound
from lianfang.apps.goods.models import Lot, LotLink, Package, PalletLoad

__all__ = ["Lot", "LotLink", "Package"]


class LotNotFound(NotFound):
    """No such lot, or not in this area (we do not tell which)."""

    code = "lot_not_found"


class PackageNotFound(NotFound):
    """No such package, or not in this area (we do not tell which)."""

    code = "package_not_found"


def lots(*, area: str) -> QuerySet[Lot]:
    """Return the lots of an area (a division code covers all that start with it), by id."""
    found = Lot.objects.filter(subject__area_code__startswith=area)
    return found.select_related("subject", "owner").order_by("subject_id")


def packages(*, area: str) -> QuerySet[Package]:
    """Return the packages of an area, by id."""
    found = Package.objects.filter(subject__area_code__startswith=area)
    return found.select_related("subject", "lot__subject").order_by("subject_id")


def lot_by_code(code: str, *, area: str) -> Lot:
    """Return a lot by its code. Raises: LotNotFound."""
    lot = lots(area=area).filter(subject__code=code).first()
    if lot is None:
        raise LotNotFound("There is no such lot in your area.")
    return lot


def package_by_code(code: str, *, area: str) -> Package:
    """Return a package by its code. Raises: PackageNotFound."""
    package = packages(area=area).filter(subject__code=code).first()
    if package is None:
        raise PackageNotFound("There is no such package in your area.")
    return package


def links_of(subject_id: int) -> QuerySet[LotLink]:
    """Return the links out of a lot or package, oldest first."""
    return LotLink.objects.filter(source_id=subject_id).select_related("target").order_by("at", "id")


def loads(*, area: str) -> QuerySet[PalletLoad]:
    """Return what stands on the pallets of an area, by pallet and lot."""
    found = PalletLoad.objects.filter(place__area_code__startswith=area, n_pieces__gt=0)
    return found.select_related("lot__subject", "lot__standing", "place__organisation").order_by("sscc", "lot_id")


_STORED_LOT = {
    "code": pl.String, "product": pl.String, "country": pl.String, "n_pieces": pl.Int64, "net_weight_kg": pl.Float64,
    "declaration_no": pl.String, "quarantine_cert_no": pl.String, "production_lot": pl.String,
    "owner_code_id": pl.Int64, "arrived_at": pl.Datetime("us", "UTC"), "area_code": pl.String,
}  # fmt: skip


def stored_lots(codes: list[str]) -> pl.DataFrame:
    """Return the register's lots with these codes, for comparison with a file."""
    query = """
        SELECT s.code, l.product, l.country, l.n_pieces, l.net_weight_kg::float8, l.declaration_no,
               l.quarantine_cert_no, l.production_lot, l.owner_id, l.arrived_at, s.area_code
        FROM goods_lot l JOIN core_subject s ON s.id = l.subject_id WHERE s.code = ANY(%s)
    """
    return fetch(query, [codes], _STORED_LOT)


def stored_packages(codes: list[str]) -> pl.DataFrame:
    """Return code and lot of the packages with these codes."""
    query = """
        SELECT s.code, p.lot_id FROM goods_package p JOIN core_subject s ON s.id = p.subject_id WHERE s.code = ANY(%s)
    """
    return fetch(query, [codes], {"code": pl.String, "lot_code_id": pl.Int64})


def stored_links(source_ids: list[int]) -> pl.DataFrame:
    """Return the links out of these lots and packages, for comparison with a file."""
    query = "SELECT source_id, target_id, at, kind FROM goods_lotlink WHERE source_id = ANY(%s)"
    schema = {"source_id": pl.Int64, "target_id": pl.Int64, "at": pl.Datetime("us", "UTC"), "kind": pl.String}
    return fetch(query, [source_ids], schema)
