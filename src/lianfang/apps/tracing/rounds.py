"""One question to the trace engine, asked generation by generation: over all presences, or just those each round needs."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from lianfang.apps.places.segments.reading import KIND_NUMBER
from lianfang.apps.places.store import Spans
from lianfang.apps.tracing.classes import Classes
from lianfang.apps.tracing.known import Facts
from lianfang.apps.tracing.question import Question
from lianfang.rules.contact import contact_rules
from lianfang.rules.profile import Profile
from lianfang.rules.vocabulary import SubjectKind
from lianfang.trace import ContactRule, IndexWindow, PresenceIndex, Presences, TraceQuery, TraceResult, trace
from lianfang.trace.model import Int64

NO_PRESENCES = pl.DataFrame(schema=dict.fromkeys(("subject", "place", "t_in", "t_out"), pl.Int64))


def ask(question: Question, classes: Classes, facts: Facts, profile: Profile) -> TraceResult:
    """Return the engine's answer for all generations.

    Whoever no row of the contact table lets expose others is kept from becoming a source by a control; `classes` learns
    the classes round by round, so each round is a question of one generation more.
    """
    stays = _index_stays(question, facts)
    sources = question.group
    answer: TraceResult | None = None
    for generation in range(1, question.generations + 1):
        if facts.whole_county is None:
            stays = pl.concat([stays, _met(sources, question, facts, profile)]).unique()
        presences = (
            _Presences.around(stays, facts) if facts.whole_county is None else _Presences.all(stays, facts.whole_county)
        )
        answer = _trace(question, presences, generation, (classes, facts, profile))
        if generation == question.generations:
            break
        sources = classes.learn(question, answer, profile, facts)
        if not sources:
            break
    assert answer is not None
    return answer


@dataclass(frozen=True, slots=True)
class _Presences:
    """What a round is asked over, and the kinds of the places, unless the index knows them."""

    index: Presences | PresenceIndex
    place_kind: tuple[Int64, npt.NDArray[np.int16]] | None

    @classmethod
    def all(cls, index_stays: pl.DataFrame, presences: PresenceIndex) -> "_Presences":
        """All presences of the county, with the stays of an index that has none there (a surface)."""
        if index_stays.is_empty():
            return cls(presences, None)
        together = PresenceIndex.of_segments([presences, PresenceIndex.build(index_stays)])
        return cls(together.with_place_kinds(*presences.listed_kinds()), None)

    @classmethod
    def around(cls, stays: pl.DataFrame, facts: Facts) -> "_Presences":
        """The neighbourhood that was read so far: the cost follows the answer and not the county."""
        places = stays["place"].unique().sort()
        kinds = facts.place_kinds(places.to_list())
        numbers = np.array([KIND_NUMBER[kinds[place]] for place in places.to_list()], dtype=np.int16)
        ordered = stays.sort("subject", "place", "t_in", "t_out")
        presences = Presences(*(ordered[name].to_numpy() for name in ("subject", "place", "t_in", "t_out")))
        return cls(presences, (places.to_numpy(), numbers))


def _index_stays(question: Question, facts: Facts) -> pl.DataFrame:
    if SubjectKind(question.subject.kind) is not SubjectKind.SURFACE:
        return NO_PRESENCES
    start, until = question.group[question.subject.pk]
    return facts.surface_stay(question.subject, start, min(until, facts.known.horizon))


def _met(sources: Mapping[int, tuple[int, int]], question: Question, facts: Facts, profile: Profile) -> pl.DataFrame:
    ids = np.array(sorted(sources), dtype=np.int64)
    spans = Spans(
        ids,
        np.array([sources[i][0] for i in ids.tolist()], dtype=np.int64),
        np.array([sources[i][1] for i in ids.tolist()], dtype=np.int64),
    )
    linger_s = max(rule.linger_s for rule in contact_rules(profile).values())
    backward = question.is_backward
    found = facts.around(spans, linger_s=linger_s, is_backward=backward)
    if SubjectKind(question.subject.kind) is SubjectKind.SURFACE and question.subject.pk in sources:
        span = sources[question.subject.pk]
        near = facts.around_surface(question.subject, span, linger_s=linger_s, is_backward=backward)
        found = pl.concat([found, near])
    return found


def _trace(
    question: Question, presences: _Presences, generation: int, known: tuple[Classes, Facts, Profile]
) -> TraceResult:
    classes, facts, profile = known
    rules = {
        KIND_NUMBER[kind]: ContactRule(rule.min_overlap_s, rule.linger_s, rule.cumulative)
        for kind, rule in contact_rules(profile).items()
    }
    query = TraceQuery(
        index=tuple(IndexWindow(i, start, until) for i, (start, until) in sorted(question.group.items())),
        direction="backward" if question.is_backward else "forward",
        generations=generation,
        latent_s=profile.trace.latent_s,
        horizon=facts.known.horizon,
        rules_by_kind=rules,
    )
    return trace(
        presences.index,
        query,
        links=facts.links,
        controls=facts.control_table(classes.silenced),
        place_kind=presences.place_kind,
    )
