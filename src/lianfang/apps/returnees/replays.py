"""Deciding screenings again from the facts as they were known."""

from lianfang.apps.core.models import ProfileEdition
from lianfang.apps.core.models import Verdict as StoredVerdict
from lianfang.apps.core.profiles import parsed
from lianfang.apps.returnees.known import screening_facts
from lianfang.rules.returnee import screen_return


def screen_again(row: StoredVerdict) -> str | None:
    """Return what the declaration, lists, results and confirmations known then give."""
    edition = ProfileEdition.objects.filter(edition=row.edition).first()
    if edition is None or row.subject_id is None:
        return None
    profile = parsed(edition.toml)
    facts = screening_facts(row.subject_id, (row.known_seq, row.decided_at), profile, before=row.pk)
    return None if facts is None else screen_return(facts, profile).to_json()
