"""Classes of the traced subjects: the trace's edges summed up into the facts that the contact rules ask for."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from lianfang.apps.tracing.known import Facts
from lianfang.apps.tracing.question import Question
from lianfang.rules.contact import ExposureFacts, PlaceExposure, classify, contact_rules
from lianfang.rules.profile import Profile
from lianfang.rules.verdict import Verdict
from lianfang.rules.vocabulary import ExposureClass, PlaceKind, SubjectKind
from lianfang.trace import TraceResult

# Only these can expose others by any row of the contact table; everybody else is left out of the next round.
SOURCE_CLASSES = frozenset(
    {ExposureClass.INDEX, ExposureClass.POSITIVE_LOT, ExposureClass.CLOSE_CONTACT, ExposureClass.IMPLICATED_LOT}
)
BEGINNING = 0  # a control from the epoch on: never a source


@dataclass
class Classes:
    """What is known of classes while the generations are asked one after the other.

    `by_subject`: classes from the rounds before; `silenced`: subjects kept from being sources (id -> control time).
    """

    facts: Facts
    by_subject: dict[int, ExposureClass] = field(default_factory=dict)
    silenced: dict[int, int] = field(default_factory=dict)
    kinds: dict[int, SubjectKind] = field(default_factory=dict)

    @classmethod
    def of_index(cls, question: Question, facts: Facts) -> "Classes":
        """Start with the index and what is condemned with it."""
        group = dict.fromkeys(question.group, ExposureClass.POSITIVE_LOT) | {question.subject.pk: ExposureClass.INDEX}
        return cls(facts, by_subject=group)

    def learn(
        self, question: Question, answer: TraceResult, profile: Profile, facts: Facts
    ) -> dict[int, tuple[int, int]]:
        """Take over a round's classes; return the new sources with the spans in which the next round needs them."""
        verdicts = classify_all(question, self, answer, profile)
        horizon = facts.known.horizon
        sources = {}
        for row in answer.exposures.to_pylist():
            subject, outcome = row["subject"], verdicts[row["subject"]].outcome
            self.by_subject[subject] = outcome
            if outcome in SOURCE_CLASSES or question.is_backward:
                self.silenced.pop(subject, None)
                span = (0, row["last"]) if question.is_backward else (row["first"], horizon)
                if span[0] < span[1]:
                    sources[subject] = span
            else:
                self.silenced[subject] = BEGINNING
        return sources

    def kinds_of(self, subjects: list[int]) -> Mapping[int, SubjectKind]:
        """Return the kinds of subjects, asking the store once for each."""
        missing = [subject for subject in subjects if subject not in self.kinds]
        if missing:
            self.kinds.update(self.facts.kinds(missing))
        return self.kinds


def classify_all(
    question: Question, classes: Classes, answer: TraceResult, profile: Profile
) -> dict[int, Verdict[ExposureClass]]:
    """Return the class of every exposed subject of an answer, decided on its edges to sources of known class."""
    edges = pl.from_arrow(answer.edges)
    assert isinstance(edges, pl.DataFrame)
    mine, other = ("source", "exposed") if question.is_backward else ("exposed", "source")
    edges = edges.rename({mine: "subject", other: "other"})
    ids = pl.concat([edges["subject"], edges["other"]]).unique().to_list()
    kinds = classes.kinds_of(ids + answer.exposures.column("subject").to_pylist())
    places = _place_exposures(edges, classes, kinds, profile)
    rows = {row["subject"]: row for row in answer.exposures.to_pylist()}
    linked = edges.filter(pl.col("place").is_null()).select("subject", "other").unique().sort("subject", "other")
    verdicts: dict[int, Verdict[ExposureClass]] = {}
    todo = set(rows)
    # A class handed on by a link can be handed on by the next: go on until no class of a chain changes.
    while todo:
        known = {subject: verdict.outcome for subject, verdict in verdicts.items()} | classes.by_subject
        links = _link_classes(linked, known)
        changed = set()
        for subject in todo:
            found = (kinds, places.get(subject, ()), links.get(subject))
            verdict = classify(_facts(question, rows[subject], found), profile)
            if subject not in verdicts or verdicts[subject] != verdict:
                verdicts[subject] = verdict
                changed.add(subject)
        todo = set(linked.filter(pl.col("other").is_in(list(changed)))["subject"].to_list())
    return verdicts


def _facts(
    question: Question,
    row: Mapping[str, int],
    found: tuple[Mapping[int, SubjectKind], tuple[PlaceExposure, ...], tuple[ExposureClass, ...] | None],
) -> ExposureFacts:
    kinds, places, link_classes = found
    return ExposureFacts(
        subject_kind=kinds[row["subject"]],
        direction=question.direction,
        generation=row["generation"],
        source_kinds=tuple(sorted({place.source_kind for place in places})),
        places=places,
        via_link=link_classes is not None,
        link_source_classes=link_classes or (),
    )


def _place_exposures(
    edges: pl.DataFrame, classes: Classes, kinds: Mapping[int, SubjectKind], profile: Profile
) -> dict[int, tuple[PlaceExposure, ...]]:
    """Sum the edges of one pair at one place where its rule does, then keep the longest of each like exposure."""
    at_places = edges.filter(pl.col("place").is_not_null())
    place_kinds = classes.facts.place_kinds(at_places["place"].unique().to_list())
    cumulative = {kind.value for kind, rule in contact_rules(profile).items() if rule.cumulative}
    length = pl.col("end") - pl.col("start")
    longest = (
        at_places.filter(pl.col("other").is_in(list(classes.by_subject)))
        .with_columns(
            place_kind=_mapped("place", {place: kind.value for place, kind in place_kinds.items()}),
            other_kind=_mapped("other", {subject: kind.value for subject, kind in kinds.items()}),
            other_class=_mapped("other", {subject: found.value for subject, found in classes.by_subject.items()}),
        )
        .group_by("subject", "other", "place", "place_kind", "other_kind", "other_class", "lingering")
        .agg(total=length.sum(), longest=length.max())
        .with_columns(seconds=pl.when(pl.col("place_kind").is_in(list(cumulative))).then("total").otherwise("longest"))
        .group_by("subject", "place_kind", "other_kind", "other_class", "lingering")
        .agg(pl.col("seconds").max())
        .sort("subject", "place_kind", "other_kind", "other_class", "lingering")
    )
    found: dict[int, list[PlaceExposure]] = defaultdict(list)
    for subject, place_kind, other_kind, other_class, lingering, seconds in longest.iter_rows():
        found[subject].append(
            PlaceExposure(
                PlaceKind(place_kind), seconds, lingering, SubjectKind(other_kind), ExposureClass(other_class)
            )
        )
    return {subject: tuple(places) for subject, places in found.items()}


def _mapped(column: str, values: Mapping[int, str]) -> pl.Expr:
    return pl.col(column).replace_strict(list(values), list(values.values()), default=None, return_dtype=pl.String)


def _link_classes(linked: pl.DataFrame, known: Mapping[int, ExposureClass]) -> dict[int, tuple[ExposureClass, ...]]:
    found: dict[int, set[ExposureClass]] = defaultdict(set)
    for subject, other in linked.iter_rows():
        found[subject].add(known.get(other, ExposureClass.NOT_EXPOSED))
    return {subject: tuple(sorted(values)) for subject, values in found.items()}
