"""Deciding stored colours again from the facts as known then, and checking that nobody's code rests on another verdict."""

from collections.abc import Iterator

from django.db.models import F, Max

from lianfang.apps.core.integrity import Mismatch
from lianfang.apps.core.models import ProfileEdition
from lianfang.apps.core.models import Verdict as StoredVerdict
from lianfang.apps.core.profiles import parsed
from lianfang.apps.healthcode.known import facts_of
from lianfang.apps.healthcode.models import CurrentCode
from lianfang.rules.healthcode import decide_colour


def colour_again(row: StoredVerdict) -> str | None:
    """Return what the facts known then give, None when what the verdict rests on is nowhere."""
    edition = ProfileEdition.objects.filter(edition=row.edition).first()
    if edition is None or row.subject_id is None:
        return None
    profile = parsed(edition.toml)
    facts = facts_of([row.subject_id], seq=row.known_seq, at=row.decided_at, profile=profile)[row.subject_id]
    return decide_colour(facts, profile).to_json()


def check_codes() -> Iterator[Mismatch]:
    """Compare each person's code with the newest verdict on their colour."""
    verdicts = StoredVerdict.objects.filter(kind="decide_colour")
    newest = dict(verdicts.values_list("subject_id").annotate(last=Max("id")).order_by())
    shown = ("pk", "verdict_id", "colour", "until_s", "verdict__outcome", "verdict__subject_id")
    for subject, verdict, colour, until, outcome, about in CurrentCode.objects.values_list(*shown).order_by(F("pk")):
        if newest.pop(subject, None) != verdict or about != subject:
            yield Mismatch(f"healthcode_currentcode {subject}", "does not rest on the newest verdict on this person")
        elif (colour, until) != (outcome["colour"] or "", outcome["until"]):
            yield Mismatch(f"healthcode_currentcode {subject}", "shows another colour than its verdict")
    for subject in newest:
        yield Mismatch(f"healthcode_currentcode {subject}", "missing: a verdict on the colour was stored")
