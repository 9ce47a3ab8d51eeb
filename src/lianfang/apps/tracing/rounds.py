"""One question to the trace engine, asked generation by generation over just the presences each round needs."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from lianfang.apps.places.store import Spans
from lianfang.apps.tracing.classes import Classes
from lianfang.apps.tracing.known import PLACE_KINDS, Facts
from lianfang.apps.tracing.question import Question
from lianfang.rules.contact import contact_rules
from lianfang.rules.profile import Profile
from lianfang.rules.vocabulary import SubjectKind
from lianfang.trace import ContactRule, IndexWindow, Presences, TraceQuery, TraceResult, trace

KIND_NUMBER = {kind: number for number, kind in enumerate(PLACE_KINDS)}
NO_PRESENCES = pl.DataFrame(schema=dict.fromkeys(("subject", "place", "t_in", "t_out"), pl.Int64))


def ask(question: Question, classes: Classes, facts: Facts, profile: Profile) -> TraceResult:
    """Return the engine's answer for all generations.

    Each round loads the stays of those who became sources in the last one and of everybody they met, so the cost
    follows the answer and not the county. Whoever no row of the contact table lets expose others is kept from
    becoming a source by a control; `classes` learns the classes round by round.
    """
    stays = _index_stays(question, facts)
    sources = question.group
    answer: TraceResult | None = None
    for generation in range(1, question.generations + 1):
        stays = pl.concat([stays, _met(sources, question, facts, profile)]).unique()
        answer = _trace(question, stays, generation, (classes, facts, profile))
        if generation == question.generations:
            break
        sources = classes.learn(question, answer, profile, facts)
        if not sources:
            break
    assert answer is not None
    return answer


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
    found = facts.around(spans, linger_s=linger_s, is_backward=question.is_backward)
    if SubjectKind(question.subject.kind) is SubjectKind.SURFACE and question.subject.pk in sources:
        found = pl.concat([found, facts.around_surface(question.subject, sources[question.subject.pk])])
    return found


def _trace(
    question: Question, stays: pl.DataFrame, generation: int, known: tuple[Classes, Facts, Profile]
) -> TraceResult:
    classes, facts, profile = known
    place_ids = stays["place"].unique().sort()
    kinds = facts.place_kinds(place_ids.to_list())
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
    ordered = stays.sort("subject", "place", "t_in", "t_out")
    presences = Presences(*(ordered[name].to_numpy() for name in ("subject", "place", "t_in", "t_out")))
    numbers = np.array([KIND_NUMBER[kinds[place]] for place in place_ids.to_list()], dtype=np.int16)
    return trace(
        presences,
        query,
        links=facts.links,
        controls=facts.control_table(classes.silenced),
        place_kind=(place_ids.to_numpy(), numbers),
    )
