"""From the linkage's candidates to the facts of the matching rule, when deciding and when replaying."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from lianfang.apps.core.models import ProfileEdition
from lianfang.apps.core.models import Verdict as StoredVerdict
from lianfang.apps.core.profiles import parsed
from lianfang.apps.lists.models import Candidate, RowState
from lianfang.rules.matching import Agreement, MatchFacts, decide_match

_AGREEING = {"exact", "whole", "fragment"}
_NEARLY = {"swapped", "alike", "one_off", "year_off", "part_off", "short_fragment", "surname"}


@dataclass(frozen=True, slots=True)
class Found:
    """One candidate; levels as the linkage writes them: "name=exact id=? ..."."""

    subject_id: int
    weight_tenths: int
    levels: str

    @property
    def by_field(self) -> dict[str, str]:
        """Field -> level."""
        return dict(part.split("=", 1) for part in self.levels.split())


def facts_of(found: Sequence[Found], model: str) -> MatchFacts:
    """Return the rule's facts; found: the likeliest first."""
    if not found:
        unknown = Agreement.UNKNOWN
        return MatchFacts(model, None, None, False, unknown, unknown, unknown, unknown)
    best = found[0]
    levels = best.by_field
    born = levels["birth"]
    if born == "?" and levels["id"] == "whole":
        born = "exact"  # the number holds it
    return MatchFacts(
        model=model,
        weight_tenths=best.weight_tenths,
        rival_tenths=found[1].weight_tenths if len(found) > 1 else None,
        whole_number=levels["id"] == "whole",
        name=agreement(levels["name"]),
        number=agreement(levels["id"]),
        phone=agreement(levels["phone"]),
        birth=agreement(born),
    )


def agreement(level: str) -> Agreement:
    """Return what a level of the linkage says of its field. Same sound is as good as the same name."""
    if level == "?":
        return Agreement.UNKNOWN
    if level in _AGREEING or level == "sound":
        return Agreement.AGREES
    return Agreement.NEARLY if level in _NEARLY else Agreement.DIFFERS


def match_again(row: StoredVerdict) -> str | None:
    """Decide a stored match again from the candidates known then, for `lianfang verify`."""
    state = RowState.objects.filter(verdict=row).first()
    edition = ProfileEdition.objects.filter(edition=row.edition).first()
    if state is None or edition is None:
        return None
    known = Candidate.objects.filter(Q(batch__seq__lte=row.known_seq), row_id=state.row_id).select_related("batch")
    candidates = list(known.order_by("-weight_tenths", "subject_id"))
    found = [Found(each.subject_id, each.weight_tenths, each.levels) for each in candidates]
    model = candidates[0].batch.source if candidates else ""
    return decide_match(facts_of(found, model), parsed(edition.toml)).to_json()
