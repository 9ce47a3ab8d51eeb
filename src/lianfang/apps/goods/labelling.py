"""What stands on a lot's label."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from lianfang.apps.core.errors import DomainError
from lianfang.apps.goods.models import Booking, Lot, LotStanding
from lianfang.formats.gs1_link import GoodsLink, is_gtin, restricted_gtin
from lianfang.formats.labels import Label


class NotReleased(DomainError):
    """Only released goods bear a trace code."""

    code = "not_released"
    http_status = 409


def gtin_of(lot: Lot) -> str:
    """Return the product's own GTIN, or one of the region's range made from the lot that arrived."""
    own = Booking.objects.filter(lot=lot.pk).values_list("gtin", flat=True).first() or ""
    return own.zfill(14) if is_gtin(own) else restricted_gtin(lot.pk)


def link_of(lot: Lot) -> GoodsLink:
    """Return the Digital Link of a released lot or of a part of one. Raises: NotReleased."""
    standing = LotStanding.objects.select_related("root__subject", "lot__subject").filter(pk=lot.pk).first()
    root = LotStanding.objects.filter(pk=standing.root_id).first() if standing else None
    if standing is None or root is None or root.trace_code is None:
        raise NotReleased("Only released goods bear a trace code.")
    serial = "" if standing.pk == root.pk else standing.lot.subject.code
    return GoodsLink(gtin_of(standing.root), root.trace_code, serial)


def labels_of(lot: Lot, *, base: str) -> Sequence[Label]:
    """Return the label of a released lot or part. Raises: NotReleased."""
    link = link_of(lot)
    booking = Booking.objects.filter(lot__standing__root=LotStanding.objects.get(pk=lot.pk).root_id).first()
    lines = (
        lot.product,
        f"{_('Origin')} {lot.country} · {_('Production lot')} {lot.production_lot}",
        f"{_('Spec')} {booking.spec}" if booking and booking.spec else lot.subject.code,
    )
    return [Label(link.address(base), link.lot, lines)]
