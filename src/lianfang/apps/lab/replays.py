"""Deciding again what a shared tube's result meant for a member."""

from lianfang.apps.core.models import ProfileEdition
from lianfang.apps.core.models import Verdict as StoredVerdict
from lianfang.apps.core.profiles import parsed
from lianfang.apps.lab.models import PoolResult
from lianfang.apps.lab.pool_results import valid_value
from lianfang.rules.pooling import SharedFacts, read_shared


def read_again(row: StoredVerdict) -> str | None:
    """Return what the newest result known at the verdict gives, of a tube the subject shares; None if there is none."""
    known = PoolResult.objects.filter(pool__members__subject=row.subject_id, seq__lte=row.known_seq)
    result = known.order_by("-seq").first()
    edition = ProfileEdition.objects.filter(edition=row.edition).first()
    if result is None or edition is None:
        return None
    collected_at = result.pool.members.get(subject=row.subject_id).specimen.collected_at
    return read_shared(SharedFacts(valid_value(result), int(collected_at.timestamp())), parsed(edition.toml)).to_json()
