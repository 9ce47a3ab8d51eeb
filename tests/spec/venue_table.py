"""What is missing at a key place."""

from dataclasses import replace

from lianfang.rules.reasons_venue import VENUE_ROWS
from lianfang.rules.venue import LastLog, VenueFacts, VenueStanding, VenueWatch
from lianfang.rules.vocabulary import LogKind
from tests.spec.table import COVID, HOUR_S, MEASLES, Case, DecisionTable, by_verdict, day

NOW = day(3, 15)
KEPT = tuple(LastLog(kind, NOW - HOUR_S) for kind in LogKind)
SHOP = VenueFacts(7, NOW, day(0), day(3), 8 * HOUR_S, 21 * HOUR_S, True, KEPT, NOW - HOUR_S)
IN_ORDER = VenueWatch(VenueStanding.IN_ORDER, (), False)
SILENT = VenueWatch(VenueStanding.UNWATCHED, (), True)


def kept(kind: LogKind, hours_ago: int | None) -> VenueFacts:
    at = None if hours_ago is None else NOW - hours_ago * HOUR_S
    return replace(SHOP, logs=tuple(LastLog(each.kind, at) if each.kind is kind else each for each in KEPT))


def missing(kind: LogKind, standing: VenueStanding = VenueStanding.MISSING) -> VenueWatch:
    return VenueWatch(standing, (kind,), False)


VENUE_TABLE = DecisionTable(
    slug="venue",
    title_en="Key places",
    title_zh="重点场所",
    about_en="A key place keeps five logs and scans whoever comes in. What is late is its own task; what is long late, or a "
    "place that scans nobody while it is open, is its regulator's.",
    about_zh="重点场所须登记五类台账并对进入人员扫码。逾期由场所补登；长时间逾期或营业期间无扫码记录，由行业主管部门核查。",
    rows=VENUE_ROWS,
    decide=by_verdict("watch_venue"),
    cases=(
        Case("V-4", COVID, SHOP, IN_ORDER),
        Case("V-4", COVID, kept(LogKind.CLEANING, 23), IN_ORDER),
        Case("V-1", COVID, kept(LogKind.CLEANING, 24), missing(LogKind.CLEANING)),
        Case("V-1", COVID, kept(LogKind.VENTILATION, 12), missing(LogKind.VENTILATION)),
        Case("V-1", COVID, kept(LogKind.PROTECTION, 47), missing(LogKind.PROTECTION)),
        Case("V-2", COVID, kept(LogKind.PROTECTION, 48), missing(LogKind.PROTECTION, VenueStanding.UNWATCHED)),
        Case("V-2", COVID, kept(LogKind.STAFF_HEALTH, None), missing(LogKind.STAFF_HEALTH, VenueStanding.UNWATCHED)),
        Case("V-4", COVID, replace(kept(LogKind.STAFF_HEALTH, None), since=NOW - 23 * HOUR_S), IN_ORDER),
        Case("V-3", COVID, replace(SHOP, scanned_at=NOW - 4 * HOUR_S), SILENT),
        Case("V-3", COVID, replace(SHOP, scanned_at=None), SILENT),
        Case("V-4", COVID, replace(SHOP, now=day(3, 11), scanned_at=day(2, 20)), IN_ORDER),
        Case("V-3", COVID, replace(SHOP, now=day(3, 12), scanned_at=day(2, 20)), SILENT),
        Case("V-4", COVID, replace(SHOP, now=day(3, 21), scanned_at=None), IN_ORDER),
        Case("V-4", COVID, replace(SHOP, since=NOW - HOUR_S, scanned_at=None), IN_ORDER),
        Case("V-5", COVID, replace(SHOP, is_open=False, scanned_at=None), VenueWatch(VenueStanding.CLOSED, (), False)),
        Case("V-6", MEASLES, SHOP, VenueWatch(VenueStanding.CLOSED, (), False)),
    ),
)
