"""Whether every standing measure is what a verdict ordered: none may be set or changed by hand."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from lianfang.apps.core.integrity import Mismatch
from lianfang.apps.core.measures import Span, order_of, together
from lianfang.apps.core.models import Measure
from lianfang.apps.core.models import Verdict as StoredVerdict
from lianfang.apps.core.verdicts import text_of
from lianfang.rules.measure import MeasureOrder, orders_in
from lianfang.rules.release import ReleaseDecision, ReleaseFacts
from lianfang.rules.replay import verdict_from_json


def check_measures() -> Iterator[Mismatch]:
    """Compare each standing measure with the order in its causes' verdicts, as releases have extended it since."""
    extensions: dict[int, list[StoredVerdict]] = defaultdict(list)
    for row in StoredVerdict.objects.filter(kind="decide_release", outcome__decision="extend").order_by("id"):
        extensions[row.subject_id or 0].append(row)
    standing = Measure.objects.filter(ended_at__isnull=True).prefetch_related("causes__verdict")
    for measure in standing.iterator(chunk_size=1_000):
        causes = list(measure.causes.all())
        standing_causes = [cause for cause in causes if cause.ended_at is None]
        if not standing_causes:
            yield Mismatch(f"core_measure {measure.pk}", "stands without a cause")
            continue
        releases = extensions.get(measure.subject_id or 0, ())
        ordered = [
            extended(order, releases)
            for cause in causes
            for order in orders_in(verdict_from_json(text_of(cause.verdict)))
            if order.kind == measure.kind
        ]
        span = Span(measure.starts_at, measure.ends_at, tuple(measure.test_offsets_days))
        if span != together(standing_causes) or any(
            order_of(measure, cause) not in ordered for cause in standing_causes
        ):
            yield Mismatch(f"core_measure {measure.pk}", "is not what its verdicts ordered")


def extended(order: MeasureOrder, releases: Sequence[StoredVerdict]) -> MeasureOrder:
    """Return an order as the release verdicts about it, oldest first, have moved its end."""
    for row in releases:
        release = verdict_from_json(text_of(row))
        facts: ReleaseFacts = release.facts
        said = facts.order
        is_about_it = (said.kind, said.row, said.starts_at) == (order.kind, order.row, order.starts_at)
        if is_about_it and release.outcome.decision is ReleaseDecision.EXTEND:
            order = replace(order, ends_at=release.outcome.ends_at)
    return order
