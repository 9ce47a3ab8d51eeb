"""Who would change colour under a proposed edition: the very rule, on the facts known now, with nothing kept but counts."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from lianfang.apps.core import audit, evidence
from lianfang.apps.core.governing import ProposalNotFound
from lianfang.apps.core.models import ProfileDryRun, ProfileProposal, Subject, User
from lianfang.apps.core.permissions import Permission, require
from lianfang.apps.core.profiles import parsed
from lianfang.apps.healthcode.known import facts_of
from lianfang.apps.healthcode.models import CurrentCode
from lianfang.rules.healthcode import decide_colour
from lianfang.rules.profile import Profile

CHUNK = 2_000
ROWS_SHOWN = 200
NONE = "grey"  # of an edition without a health code


@dataclass(frozen=True, slots=True)
class Change:
    """One person whose colour would be another one."""

    subject: Subject
    now: str
    then: str


def proposal(proposal_id: int) -> ProfileProposal:
    """Return a proposal with its approvals and dry runs. Raises: ProposalNotFound."""
    found = ProfileProposal.objects.prefetch_related("approvals__approved_by", "dry_runs__run_by")
    change = found.select_related("proposed_by").filter(pk=proposal_id).first()
    if change is None:
        raise ProposalNotFound("There is no such proposal.")
    return change


@transaction.atomic
def dry_run(*, proposal_id: int, at: datetime, by: User) -> tuple[ProfileDryRun, Sequence[Change]]:
    """Count who would change, keep the counts, and return the first rows. Raises: PermissionMissing, ProposalNotFound."""
    require(by, Permission.GOVERN_PROFILES)
    change = proposal(proposal_id)
    known, profile = evidence.known_seq(), parsed(change.toml)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    rows: list[tuple[int, str, str]] = []
    n_persons = 0
    for subject, now, then in _colours(profile, known, at):
        n_persons += 1
        if now != then:
            counts[now][then] += 1
            if len(rows) < ROWS_SHOWN:
                rows.append((subject, now, then))
    made = ProfileDryRun.objects.create(
        proposal=change,
        n_persons=n_persons,
        changes={now: dict(to) for now, to in counts.items()},
        known_seq=known,
        run_at=at,
        run_by=by,
    )
    audit.record("healthcode.dry_run", by=by, at=at, subjects=[row[0] for row in rows], proposal=change.pk)
    evidence.record("profile_dry_run", [made])
    subjects = Subject.objects.in_bulk([row[0] for row in rows])
    return made, [Change(subjects[subject], now, then) for subject, now, then in rows]


def _colours(profile: Profile, known: int, at: datetime) -> Iterator[tuple[int, str, str]]:
    """Yield every person ever decided about, the colour that stands, and the one the profile would give."""
    current = dict(CurrentCode.objects.order_by("pk").values_list("pk", "colour"))
    ids = list(current)
    for start in range(0, len(ids), CHUNK):
        for subject, facts in facts_of(ids[start : start + CHUNK], seq=known, at=at, profile=profile).items():
            then = decide_colour(facts, profile).outcome.colour
            yield subject, current[subject] or NONE, then.value if then else NONE
