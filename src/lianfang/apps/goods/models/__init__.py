"""The tables of goods."""

from lianfang.apps.goods.models.inspection import Inspection, Penalty, RecallNotice, RecallReply, Scan
from lianfang.apps.goods.models.lots import Lot, LotLink, Package
from lianfang.apps.goods.models.stock import LotStanding, PalletLoad, Stock, Temperature
from lianfang.apps.goods.models.warehouse import Booking, Certificate, CertificateCheck, GoodsEvent

__all__ = [
    "Booking",
    "Certificate",
    "CertificateCheck",
    "GoodsEvent",
    "Inspection",
    "Lot",
    "LotLink",
    "LotStanding",
    "Package",
    "PalletLoad",
    "Penalty",
    "RecallNotice",
    "RecallReply",
    "Scan",
    "Stock",
    "Temperature",
]
