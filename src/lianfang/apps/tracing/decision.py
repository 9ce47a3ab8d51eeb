"""From known facts to exposures, classes and verdicts: the same computation when deciding and when replaying."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime

import polars as pl

from lianfang.apps.core.models import Subject
from lianfang.apps.tracing.classes import Classes, classify_all
from lianfang.apps.tracing.known import Facts
from lianfang.apps.tracing.question import Question
from lianfang.apps.tracing.rounds import ask
from lianfang.rules.contact import ExposureFacts, classify
from lianfang.rules.profile import Profile
from lianfang.rules.verdict import Verdict
from lianfang.rules.vocabulary import Direction, ExposureClass, SubjectKind
from lianfang.rules.window import IndexWindows, index_windows
from lianfang.trace import TraceResult

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Figures:
    """The trace's figures for one subject; `first` and `last` in epoch seconds."""

    generation: int
    first: int
    last: int
    seconds: int
    union_seconds: int
    places: int
    sources: int
    via_subject: int
    via_place: int | None


@dataclass(frozen=True, slots=True)
class Found:
    """One subject of a decision with its figures and its class."""

    direction: Direction
    subject: int
    figures: Figures
    verdict: Verdict[ExposureClass]

    @property
    def exposure_class(self) -> ExposureClass:
        """The class the verdict gives."""
        return self.verdict.outcome


@dataclass(frozen=True, slots=True)
class Decision:
    """What an index's facts give; `edges`: direction, source, exposed, place, start, end, lingering."""

    windows: Verdict[IndexWindows]
    found: tuple[Found, ...]
    edges: pl.DataFrame
    stats: Mapping[str, object]
    generations_backward: int


_FIGURES = tuple(field.name for field in fields(Figures))


def decide(index: tuple[Subject, datetime], facts: Facts, profile: Profile) -> Decision | None:
    """Trace and classify around an index: a subject and when a specimen of the episode was collected.

    None when no valid positive of the episode is known.
    """
    subject, around = facts.standing(index[0]), index[1]
    index_facts = facts.index(subject, around, profile)
    if index_facts is None:
        return None
    windows = index_windows(index_facts, profile)
    forward, backward = windows.outcome.forward, windows.outcome.backward
    collected_at = index_facts.specimen_collected_at
    # What counts for an index's measures is its onset, or its sampling when it has none (the row's `last`).
    sign_at = index_facts.symptom_onset_at or collected_at
    found = [_index(subject, ((forward or backward or (sign_at,))[0], sign_at), profile)]
    edges: list[pl.DataFrame] = []
    stats: dict[str, object] = {}
    if forward is not None:
        condemned = _condemned(subject, forward, facts)
        found += _condemned_rows(condemned, collected_at, facts, profile)
        group = {subject.pk: forward} | {target: (since, forward[1]) for target, (since, _) in condemned.items()}
        question = Question(Direction.FORWARD, subject, group, profile.trace.generations_forward)
        found += _asked(question, facts, profile, (edges, stats))
    if backward is not None and profile.trace.generations_backward:
        question = Question(Direction.BACKWARD, subject, {subject.pk: backward}, profile.trace.generations_backward)
        found += _asked(question, facts, profile, (edges, stats))
    everything = pl.concat(edges) if edges else pl.DataFrame()
    return Decision(windows, tuple(found), everything, stats, profile.trace.generations_backward)


def _asked(
    question: Question, facts: Facts, profile: Profile, out: tuple[list[pl.DataFrame], dict[str, object]]
) -> list[Found]:
    edges, stats = out
    classes = Classes.of_index(question, facts)
    answer = ask(question, classes, facts, profile)
    verdicts = classify_all(question, classes, answer, profile)
    edges.append(_kept_edges(question, answer, verdicts))
    stats[question.direction.value] = dict(answer.stats)
    return [
        Found(question.direction, row["subject"], Figures(**{name: row[name] for name in _FIGURES}), verdict)
        for row in answer.exposures.to_pylist()
        # Who met a source in a way that no row of the contact table counts is not kept: of a market day, thousands.
        if (verdict := verdicts[row["subject"]]).outcome is not ExposureClass.NOT_EXPOSED
    ]


def _kept_edges(
    question: Question, answer: TraceResult, verdicts: Mapping[int, Verdict[ExposureClass]]
) -> pl.DataFrame:
    kept = [subject for subject, verdict in verdicts.items() if verdict.outcome is not ExposureClass.NOT_EXPOSED]
    edges = pl.from_arrow(answer.edges)
    assert isinstance(edges, pl.DataFrame)
    mine = pl.col("source" if question.is_backward else "exposed")
    return edges.filter(mine.is_in(kept)).select(pl.lit(question.direction.value).alias("direction"), pl.all())


def _condemned(subject: Subject, window: Span, facts: Facts) -> dict[int, Span]:
    """Return what is positive with the index lot or package: id -> (since, link's other end)."""
    if SubjectKind(subject.kind) not in {SubjectKind.LOT, SubjectKind.PACKAGE}:
        return {}
    condemned = facts.goods_of_one_lot(subject, window[0])
    return {target: (since, via) for target, (since, via) in condemned.items() if since < window[1]}


def _index(subject: Subject, span: Span, profile: Profile) -> Found:
    facts = ExposureFacts(SubjectKind(subject.kind), Direction.FORWARD, 0, (), ())
    return Found(Direction.FORWARD, subject.pk, _unmet(0, span, subject.pk), classify(facts, profile))


def _condemned_rows(condemned: Mapping[int, Span], until: int, facts: Facts, profile: Profile) -> list[Found]:
    kinds = facts.kinds(condemned)
    return [
        Found(
            Direction.FORWARD,
            target,
            _unmet(1, (since, until), via),
            classify(
                ExposureFacts(
                    kinds[target], Direction.FORWARD, 1, (SubjectKind.LOT,), (), True, (ExposureClass.INDEX,)
                ),
                profile,
            ),
        )
        for target, (since, via) in sorted(condemned.items())
    ]


def _unmet(generation: int, span: Span, via: int) -> Figures:
    """Return the figures of what is positive by itself: it met nobody to be so."""
    return Figures(generation, *span, 0, 0, 0, 0, via, None)
