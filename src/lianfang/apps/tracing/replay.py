"""Deciding every stored verdict again from the facts as they were known, and comparing: none may differ."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl
from django.utils import timezone

from lianfang.apps.core.integrity import Mismatch
from lianfang.apps.core.models import FactArchive, ProfileEdition
from lianfang.apps.core.models import Verdict as StoredVerdict
from lianfang.apps.core.profiles import parsed
from lianfang.apps.core.verdicts import Expired, instant, replays, text_of
from lianfang.apps.places.store import Known
from lianfang.apps.tracing.decision import Decision, Figures, decide
from lianfang.apps.tracing.known import Facts, seconds
from lianfang.apps.tracing.models import Exposure, ExposureEdge, Run
from lianfang.apps.tracing.standing import causes_of, earlier_causes, order, other_causes
from lianfang.rules.profile import Profile, ProfileError

Key = tuple[int | None, str]  # subject and canonical JSON


@dataclass
class Tally:
    """What became of the verdicts replayed: matched + expired + mismatched = total; `missing` should be stored and are not."""

    matched: int = 0
    expired: int = 0
    mismatched: int = 0
    missing: int = 0
    problems: list[Mismatch] = field(default_factory=list)

    @property
    def total(self) -> int:
        """All verdicts stored."""
        return self.matched + self.expired + self.mismatched


def replay_all() -> Iterator[tuple[Run | None, Tally]]:
    """Replay run after run, then what was decided outside them; yield the tally of each."""
    for run in Run.objects.select_related("investigation__index_subject", "investigation__specimen").order_by("seq"):
        yield run, replay_run(run)
    yield None, outside_runs()


def replay_run(run: Run) -> Tally:
    """Trace, classify and order again with what was known at the run, and compare every row it stored."""
    rows = list(run.verdicts.order_by("id"))
    profile = stored_profile(run.edition)
    if profile is None:
        problem = Mismatch(f"core_profileedition {run.edition}", "cannot be read: its verdicts cannot be replayed")
        return Tally(mismatched=len(rows), problems=[problem])
    facts = Facts(Known(run.known_seq, seconds(run.decided_at)))
    decision = decide(run.investigation.index, facts, profile)
    if _is_expired(run, decision):
        return Tally(expired=len(rows))
    tally = _compare(rows, _expected(run, decision, facts, profile))
    tally.problems += _compare_exposures(run, decision)
    tally.problems += _compare_edges(run, decision)
    return tally


def stored_profile(edition: str) -> Profile | None:
    """Return the edition as kept with the evidence, None when it is missing or unreadable."""
    stored = ProfileEdition.objects.filter(edition=edition).first()
    try:
        return None if stored is None else parsed(stored.toml)
    except ProfileError:
        return None


def _expected(run: Run, decision: Decision | None, facts: Facts, profile: Profile) -> Counter[Key]:
    number, seq = run.investigation.number, run.known_seq
    expected: Counter[Key] = Counter()
    causes = {} if decision is None else causes_of(decision.found, number)
    if decision is not None:
        expected[run.investigation.index_subject_id, decision.windows.to_json()] += 1
        expected.update((found.subject, found.verdict.to_json()) for found in decision.found)
    before = earlier_causes(run.investigation, None, seq)
    everyone = {subject: [causes.get(subject) or before[subject]] for subject in causes.keys() | before.keys()}
    others = other_causes(everyone.keys(), without=run.investigation_id, known_seq=seq)
    for item in order({subject: own + others.get(subject, []) for subject, own in everyone.items()}, facts, profile):
        expected[item.subject, item.measures.to_json()] += 1
        if item.has_several_causes:
            expected[item.subject, item.standing.to_json()] += 1
    return expected


def _compare(rows: list[StoredVerdict], expected: Counter[Key]) -> Tally:
    tally = Tally()
    for row in rows:
        key = (row.subject_id, text_of(row))
        if expected[key] > 0:
            expected[key] -= 1
            tally.matched += 1
        else:
            tally.mismatched += 1
            tally.problems.append(Mismatch(f"core_verdict {row.pk}", "the facts known then give another verdict"))
    for (subject, _), missing in expected.items():
        if missing > 0:
            tally.missing += missing
            tally.problems.append(Mismatch(f"core_subject {subject}", "the facts known then give a verdict not stored"))
    return tally


def _is_expired(run: Run, decision: Decision | None) -> bool:
    """Whether presences the run may have read were deleted by their retention; then there is nothing left to compare with.

    What was deleted had ended before the archive's `expired_before`; a run reads nothing that ended before its windows,
    except in a second backward generation, which looks back without limit. Facts of an expired day that came after the
    run may have closed stays that were open for it; both are gone.
    """
    last = timezone.localdate(run.decided_at)
    expired = FactArchive.objects.filter(expired_before__isnull=False, part__lte=last)
    if decision is None or not expired.exists():
        return False
    if decision.generations_backward > 1 or expired.filter(batch__seq__gt=run.known_seq).exists():
        return True
    windows = decision.windows.outcome
    spans = [span for span in (windows.forward, windows.backward) if span]
    first = timezone.localdate(instant(min((span[0] for span in spans), default=seconds(run.decided_at))))
    return expired.filter(expired_before__gt=first).exists()


def _compare_exposures(run: Run, decision: Decision | None) -> list[Mismatch]:
    found = {} if decision is None else {(each.direction.value, each.subject): each for each in decision.found}
    problems = []
    for row in Exposure.objects.filter(run=run):
        each = found.pop((row.direction, row.subject_id), None)
        if each is None:
            problems.append(Mismatch(f"tracing_exposure {row.pk}", "not found by the trace of the facts known then"))
            continue
        stored = Figures(
            row.generation,
            seconds(row.first_at),
            seconds(row.last_at),
            row.seconds,
            row.union_seconds,
            row.n_places,
            row.n_sources,
            row.via_subject_id,
            row.via_place_id,
        )
        if (stored, row.exposure_class) != (each.figures, each.exposure_class):
            problems.append(Mismatch(f"tracing_exposure {row.pk}", "the facts known then give other figures"))
    problems += [
        Mismatch(f"tracing_exposure of subject {subject}", f"missing ({direction})") for direction, subject in found
    ]
    return problems


def _compare_edges(run: Run, decision: Decision | None) -> list[Mismatch]:
    names = ["direction", "source", "exposed", "place", "start", "end", "lingering"]
    columns = ["direction", "source_id", "exposed_id", "place_id", "starts_at", "ends_at", "lingering"]
    stored: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for pk, *values in ExposureEdge.objects.filter(run=run).values_list("pk", *columns):
        values[4:6] = [seconds(values[4]), seconds(values[5])]
        stored[tuple(values)].append(pk)
    problems = []
    edges = pl.DataFrame() if decision is None else decision.edges
    for edge in edges.select(names).iter_rows() if edges.height else ():
        keys = stored.get(edge)
        if keys:
            keys.pop()
        else:
            problems.append(Mismatch(f"tracing_exposureedge of run {run.pk}", f"missing: {edge}"))
    problems += [
        Mismatch(f"tracing_exposureedge {pk}", "not found by the trace of the facts known then")
        for keys in stored.values()
        for pk in keys
    ]
    return problems


def outside_runs() -> Tally:
    """Replay the verdicts that belong to no run, each by the function config/replays.py names for its rule."""
    again, tally = replays(), Tally()
    for row in StoredVerdict.objects.filter(run__isnull=True).order_by("id").iterator(chunk_size=2_000):
        try:
            matches = row.kind in again and again[row.kind](row) == text_of(row)
        except Expired:
            tally.expired += 1
            continue
        if matches:
            tally.matched += 1
        else:
            tally.mismatched += 1
            tally.problems.append(Mismatch(f"core_verdict {row.pk}", "the facts known then give another verdict"))
    return tally
