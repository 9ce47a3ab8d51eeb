"""Deciding again what a health record called for."""

from lianfang.apps.core.models import ProfileEdition
from lianfang.apps.core.models import Verdict as StoredVerdict
from lianfang.apps.core.profiles import parsed
from lianfang.apps.followup.models import HealthRecord
from lianfang.rules.follow_up import SymptomFacts, watch_symptoms


def watch_again(row: StoredVerdict) -> str | None:
    """Return what the newest record known at the verdict gives; None if there is none."""
    record = HealthRecord.objects.filter(subject=row.subject_id, seq__lte=row.known_seq).order_by("-seq").first()
    edition = ProfileEdition.objects.filter(edition=row.edition).first()
    if record is None or edition is None:
        return None
    facts = SymptomFacts(record.tenths_celsius, len(record.symptoms), int(record.taken_at.timestamp()))
    return watch_symptoms(facts, parsed(edition.toml)).to_json()
