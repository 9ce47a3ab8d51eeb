"""What a temperature reading means."""

from lianfang.rules.health import TemperatureFacts
from lianfang.rules.reasons import HEALTH_ROWS
from tests.spec.table import COVID, MERS, Case, DecisionTable, by_verdict

HEALTH_TABLE = DecisionTable(
    slug="health",
    title_en="Temperature",
    title_zh="体温",
    about_en="Readings in tenths of a degree Celsius.",
    about_zh="读数单位为0.1摄氏度。",
    rows=HEALTH_ROWS,
    decide=by_verdict("has_fever"),
    cases=(
        Case("F-1", COVID, TemperatureFacts(373), True),
        Case("F-1", MERS, TemperatureFacts(380), True),
        Case("F-2", COVID, TemperatureFacts(372), False),
        Case("F-2", MERS, TemperatureFacts(373), False),
    ),
)
