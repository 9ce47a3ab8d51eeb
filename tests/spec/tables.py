"""All decision tables, in the order in which a positive meets them."""

from tests.spec.capacity_table import CAPACITY_TABLES
from tests.spec.contact_table import CONTACT_TABLE
from tests.spec.custody_table import CUSTODY_TABLE
from tests.spec.gate_table import GATE_TABLE
from tests.spec.goods_table import GOODS_TABLE
from tests.spec.health_code_table import HEALTH_CODE_TABLE
from tests.spec.health_table import HEALTH_TABLE
from tests.spec.laboratory_table import LABORATORY_TABLES
from tests.spec.matching_table import MATCHING_TABLE, MERGING_TABLE
from tests.spec.measure_table import MEASURE_TABLE, TASK_TABLE
from tests.spec.monitor_table import MONITOR_TABLE
from tests.spec.ordering_table import ORDERING_TABLE
from tests.spec.pooling_table import POOLING_TABLE
from tests.spec.release_table import RELEASE_TABLE
from tests.spec.returnee_table import FOLLOW_UP_TABLE, RETURNEE_TABLE
from tests.spec.risk_table import RISK_LIST_TABLE, RISK_TABLE
from tests.spec.standing_table import STANDING_TABLE
from tests.spec.table import DecisionTable
from tests.spec.venue_table import VENUE_TABLE
from tests.spec.warehouse_table import WAREHOUSE_TABLES
from tests.spec.window_table import WINDOW_TABLE

TABLES: tuple[DecisionTable, ...] = (
    WINDOW_TABLE,
    CONTACT_TABLE,
    MEASURE_TABLE,
    TASK_TABLE,
    RELEASE_TABLE,
    GOODS_TABLE,
    CUSTODY_TABLE,
    ORDERING_TABLE,
    *LABORATORY_TABLES,
    POOLING_TABLE,
    *CAPACITY_TABLES,
    STANDING_TABLE,
    HEALTH_TABLE,
    RETURNEE_TABLE,
    FOLLOW_UP_TABLE,
    RISK_TABLE,
    RISK_LIST_TABLE,
    MATCHING_TABLE,
    MERGING_TABLE,
    HEALTH_CODE_TABLE,
    GATE_TABLE,
    VENUE_TABLE,
    MONITOR_TABLE,
    *WAREHOUSE_TABLES,
)
