"""What looks made rather than found."""

from lianfang.rules.monitor import Alarm, AlarmKind, BatchFacts, MonitorFacts, RedFacts, ScanFacts, SignerFacts
from lianfang.rules.reasons_venue import MONITOR_ROWS
from tests.spec.table import COVID, MEASLES, Case, DecisionTable, by_verdict

QUIET = MonitorFacts(
    (RedFacts(1, 1),), (SignerFacts(2, 19, 0),), (BatchFacts(3, 9, 0), BatchFacts(4, 20, 10)), (ScanFacts(5, 0),)
)

MONITOR_TABLE = DecisionTable(
    slug="monitor",
    title_en="Monitors of codes",
    title_zh="健康码异常监测",
    about_en="In June 2022 people of a list were given red codes. Each monitor would have shown it. An alarm moves no colour "
    "and accuses nobody: it opens the rows for people to look at.",
    about_zh="2022年6月曾有人按名单被赋红码，以下每项监测均能发现此类情况。监测结果不改变任何人的健康码颜色，也不作定性，仅供核查。",
    rows=MONITOR_ROWS,
    decide=by_verdict("watch_codes"),
    cases=(
        Case("MO-5", COVID, QUIET, ()),
        Case("MO-1", COVID, MonitorFacts(reds=(RedFacts(1, 0),)), (Alarm(AlarmKind.RED_WITHOUT_EPISODE, 1),)),
        Case("MO-2", COVID, MonitorFacts(signers=(SignerFacts(2, 20, 4),)), (Alarm(AlarmKind.UNUSUAL_SIGNER, 2),)),
        Case("MO-5", COVID, MonitorFacts(signers=(SignerFacts(2, 24, 5),)), ()),
        Case("MO-2", COVID, MonitorFacts(signers=(SignerFacts(2, 25, 5),)), (Alarm(AlarmKind.UNUSUAL_SIGNER, 2),)),
        Case("MO-3", COVID, MonitorFacts(batches=(BatchFacts(3, 10, 4),)), (Alarm(AlarmKind.UNLINKED_BATCH, 3),)),
        Case("MO-5", COVID, MonitorFacts(batches=(BatchFacts(3, 10, 5),)), ()),
        Case("MO-4", COVID, MonitorFacts(scans=(ScanFacts(5, 1),)), (Alarm(AlarmKind.REMOTE_SCAN, 5),)),
        Case("MO-6", MEASLES, MonitorFacts(reds=(RedFacts(1, 0),)), ()),
    ),
)
