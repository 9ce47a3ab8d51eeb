"""Bringing lots into the store, and taking them step by step through the total warehouse."""

from lianfang.apps.goods.services.bulk_entry import (
    import_bookings,
    import_certificates,
    import_disinfections,
    import_samplings,
)
from lianfang.apps.goods.services.handling import (
    disinfect,
    follow_measures,
    follow_result,
    follow_results,
    release,
    sample,
)
from lianfang.apps.goods.services.intake import ArrivalEntry, BookingEntry, accept_difference, arrive, book
from lianfang.apps.goods.services.market import FindingEntry, InspectionNotFound, inspect, penalise, scan
from lianfang.apps.goods.services.moves import (
    destroy,
    dispatch,
    merge,
    receive,
    repack,
    seal,
    sell,
    send_back,
    single_out,
    split,
    store,
    unseal,
)
from lianfang.apps.goods.services.pallets import PalletEmpty, move_pallet, put_on_pallet, take_off_pallet
from lianfang.apps.goods.services.papers import CertificateEntry, check_certificate, enter_certificate
from lianfang.apps.goods.services.recalls import answer_recall, recall
from lianfang.apps.goods.services.register import import_links, import_lots, import_packages
from lianfang.apps.goods.services.rooms import import_temperatures, store_readings
from lianfang.apps.goods.services.steps import Act, StepRefused, StockRefused

__all__ = [
    "Act",
    "ArrivalEntry",
    "BookingEntry",
    "CertificateEntry",
    "FindingEntry",
    "InspectionNotFound",
    "PalletEmpty",
    "StepRefused",
    "StockRefused",
    "accept_difference",
    "answer_recall",
    "arrive",
    "book",
    "check_certificate",
    "destroy",
    "disinfect",
    "dispatch",
    "enter_certificate",
    "follow_measures",
    "follow_result",
    "follow_results",
    "import_bookings",
    "import_certificates",
    "import_disinfections",
    "import_links",
    "import_lots",
    "import_packages",
    "import_samplings",
    "import_temperatures",
    "inspect",
    "merge",
    "move_pallet",
    "penalise",
    "put_on_pallet",
    "recall",
    "receive",
    "release",
    "repack",
    "sample",
    "scan",
    "seal",
    "sell",
    "send_back",
    "single_out",
    "split",
    "store",
    "store_readings",
    "take_off_pallet",
    "unseal",
]
