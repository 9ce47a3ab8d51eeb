"""Deciding releases again: the order as ordered and extended before, the facts as known then."""

from lianfang.apps.core.models import ProfileEdition
from lianfang.apps.core.models import Verdict as StoredVerdict
from lianfang.apps.core.profiles import parsed
from lianfang.apps.core.verdicts import text_of
from lianfang.apps.tracing.known import seconds
from lianfang.apps.tracing.measure_check import extended
from lianfang.apps.tracing.releases import release_facts
from lianfang.rules.measure import ORDERING_RULES, AftercareFacts, MeasureOrder, order_aftercare, orders_in
from lianfang.rules.release import ReleaseFacts, decide_release
from lianfang.rules.replay import verdict_from_json
from lianfang.rules.vocabulary import MeasureKind


def release_again(row: StoredVerdict) -> str | None:
    """Return what the facts known then give, None when what the verdict rests on is nowhere."""
    claimed: ReleaseFacts = verdict_from_json(text_of(row)).facts
    found = _ordered_by(row, claimed.order)
    edition = ProfileEdition.objects.filter(edition=row.edition).first()
    if found is None or edition is None or row.subject_id is None:
        return None
    order, ordered_by = found
    profile = parsed(edition.toml)
    facts = release_facts(row.subject_id, order, ordered_by, (row.known_seq, row.decided_at), profile)
    return decide_release(facts, profile).to_json()


def aftercare_again(row: StoredVerdict) -> str | None:
    """Decide the aftercare of a case again; its isolation must have been released at that instant."""
    edition = ProfileEdition.objects.filter(edition=row.edition).first()
    releases = StoredVerdict.objects.filter(
        subject=row.subject_id, kind="decide_release", decided_at=row.decided_at, outcome__decision="release"
    )
    if edition is None or not releases.filter(facts__order__kind=MeasureKind.ISOLATION).exists():
        return None
    return order_aftercare(AftercareFacts(seconds(row.decided_at)), parsed(edition.toml)).to_json()


def _ordered_by(row: StoredVerdict, claimed: MeasureOrder) -> tuple[MeasureOrder, StoredVerdict] | None:
    """Return the order a release spoke of as the measures' verdicts before it gave it."""
    before = StoredVerdict.objects.filter(subject=row.subject_id, id__lt=row.pk)
    for verdict in before.filter(kind__in=ORDERING_RULES).order_by("-id"):
        for order in orders_in(verdict_from_json(text_of(verdict))):
            same = (order.kind, order.row, order.starts_at) == (claimed.kind, claimed.row, claimed.starts_at)
            if same:
                return extended(order, list(before.filter(kind="decide_release").order_by("id"))), verdict
    return None
