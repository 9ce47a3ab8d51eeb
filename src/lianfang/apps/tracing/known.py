"""The facts one decision rests on, read as they were known at one entry of the evidence log."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, time
from functools import cached_property

import numpy as np
import polars as pl
from django.db import connection
from django.utils import timezone

from lianfang.apps.core.models import Control, Subject
from lianfang.apps.goods import known as goods
from lianfang.apps.lab import selectors as lab
from lianfang.apps.people import known as people
from lianfang.apps.places import store
from lianfang.apps.places.store import Known, Spans
from lianfang.rules.profile import Profile
from lianfang.rules.vocabulary import PlaceKind, SpecimenResult, SubjectKind
from lianfang.rules.window import IndexFacts, episode
from lianfang.trace import Controls, Links, PresenceIndex


def seconds(at: datetime) -> int:
    """Return an instant as whole epoch seconds, rounded down."""
    return int(at.timestamp() // 1)


@dataclass(frozen=True)
class Facts:
    """Everything known at `known.seq`, read on demand and kept for the length of one decision.

    `presences`: all of them, ready to be traced, where the segments hold them; else each round reads what it needs. Both
    give the same answer, and a replay always reads the database.
    """

    known: Known
    presences: PresenceIndex | None = None

    @cached_property
    def survivors(self) -> dict[int, int]:
        """Every record that was one person with another one: merged subject -> the one that stands."""
        return people.survivors_known(self.known.seq)

    @property
    def whole_county(self) -> PresenceIndex | None:
        """All presences, unless records are merged: the segments hold each under its own number, a round reads them as one."""
        return None if self.survivors else self.presences

    def standing(self, subject: Subject) -> Subject:
        """Return the record that stands for a subject."""
        survivor = self.survivors.get(subject.pk)
        return subject if survivor is None else Subject.objects.get(pk=survivor)

    def same(self, subject_id: int) -> list[int]:
        """Return all records of one person, for one that stands."""
        return [subject_id, *(merged for merged, survivor in self.survivors.items() if survivor == subject_id)]

    def _as_one(self, stays: pl.DataFrame) -> pl.DataFrame:
        return stays.with_columns(pl.col("subject").replace(self.survivors)) if self.survivors else stays

    @cached_property
    def links(self) -> Links:
        """What became part of what, goods only."""
        rows = goods.links_known(self.known.seq)
        columns = np.array(rows, dtype=np.int64).reshape(len(rows), 3)
        return Links(columns[:, 0], columns[:, 1], columns[:, 2])

    @cached_property
    def _links_from(self) -> dict[int, list[tuple[int, int]]]:
        found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for source, target, at in zip(self.links.from_, self.links.to, self.links.at, strict=True):
            found[int(source)].append((int(target), int(at)))
        return found

    @cached_property
    def controls(self) -> dict[int, int]:
        """The earliest control of every subject, epoch seconds."""
        rows = Control.objects.filter(seq__lte=self.known.seq).order_by("-controlled_at")
        # The latest first, so that the earliest of all records of one person is what remains.
        return {
            self.survivors.get(subject, subject): seconds(at)
            for subject, at in rows.values_list("subject_id", "controlled_at")
        }

    def kinds(self, subject_ids: Iterable[int]) -> dict[int, SubjectKind]:
        """Return the kind of each subject."""
        ids = list(set(subject_ids))
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, kind FROM core_subject WHERE id = ANY(%s)", [ids])
            return {subject: SubjectKind(kind) for subject, kind in cursor.fetchall()}

    def place_kinds(self, place_ids: Collection[int]) -> dict[int, PlaceKind]:
        """Return the kind of each place."""
        return store.kinds_of(place_ids)

    def index(self, subject: Subject, around: datetime, profile: Profile) -> IndexFacts | None:
        """Return what is known of the episode a specimen belongs to, or None when no valid positive of it stands.

        `around`: when that specimen was collected, valid or not.
        """
        found = lab.results_of(self.same(subject.pk), known_seq=self.known.seq).values()
        results = sorted(
            (each for own in found for each in own), key=lambda each: (each.collected_at, each.specimen_id)
        )
        moments = [seconds(r.collected_at) for r in results if r.value is SpecimenResult.POSITIVE]
        first, last = episode(moments, seconds(around), profile)
        positives = [at for at in moments if first <= at <= last]
        if not positives:
            return None
        negatives = [seconds(r.collected_at) for r in results if r.value is SpecimenResult.NEGATIVE]
        before = [at for at in negatives if at < positives[0]]
        kind = SubjectKind(subject.kind)
        arrived_at = (
            goods.arrived_known(subject.pk, self.known.seq) if kind in {SubjectKind.LOT, SubjectKind.PACKAGE} else None
        )
        return IndexFacts(
            kind=kind,
            specimen_collected_at=positives[0],
            symptom_onset_at=self._onset(subject, (first, last), profile) if kind is SubjectKind.PERSON else None,
            last_negative_at=before[-1] if before else None,
            arrived_at=None if arrived_at is None else seconds(arrived_at),
            last_positive_at=positives[-1] if positives[-1] > positives[0] else None,
        )

    def _onset(self, subject: Subject, span: tuple[int, int], profile: Profile) -> int | None:
        """Return the last reported onset of this episode: that of an infection long ago says nothing about a new one."""
        gap = profile.window.episode_gap_s
        # An onset is reported as a county day: its first instant, so that no contact of that day is missed.
        days = people.onsets_known(self.same(subject.pk), self.known.seq)
        onsets = (seconds(_start_of_day(day)) for day in days)
        return next((onset for onset in onsets if span[0] - gap <= onset <= span[1] + gap), None)

    def goods_of_one_lot(self, subject: Subject, since: int) -> dict[int, tuple[int, int]]:
        """Return what is condemned with a positive lot or package: id -> (from when, by which subject's link).

        The package's lot, its packages that went their own way and everything split or repacked from it (Shanxi
        scheme: a positive means the whole lot). Lots merged into it from elsewhere are found by the trace, not here.
        """
        found: dict[int, tuple[int, int]] = {}
        lot = goods.lot_of_package(subject.pk, self.known.seq)
        queue = [(lot, since, subject.pk)] if lot is not None else []
        queue += [(target, max(at, since), subject.pk) for target, at in self._links_from.get(subject.pk, [])]
        queue += [(package, since, subject.pk) for package in goods.packages_on_their_own(subject.pk, self.known.seq)]
        while queue:
            target, start, via = queue.pop(0)
            if target == subject.pk or (target in found and found[target][0] <= start):
                continue
            found[target] = (start, via)
            queue += [(after, max(at, start), target) for after, at in self._links_from.get(target, [])]
            queue += [(package, start, target) for package in goods.packages_on_their_own(target, self.known.seq)]
        return found

    def surface_stay(self, subject: Subject, start: int, until: int) -> pl.DataFrame:
        """Return the stay of a surface at its place over a window: a surface never leaves."""
        row = {
            "subject": [subject.pk],
            "place": [store.place_of_surface(subject.pk)],
            "t_in": [start],
            "t_out": [until],
        }
        return pl.DataFrame(row, schema=dict.fromkeys(row, pl.Int64))

    def around(self, sources: Spans, *, linger_s: int, is_backward: bool) -> pl.DataFrame:
        """Return the stays of the sources within their spans and of everybody who was there then.

        `linger_s`: the longest lingering of any place; who came that much later (or, backward, had left that much
        earlier) may count and is returned too.
        """
        own = self._as_one(store.stays_of(self._all_records(sources), self.known))
        limits = pl.DataFrame({"subject": sources.ids, "start": sources.start, "until": sources.until})
        before, after = (linger_s, 0) if is_backward else (0, linger_s)
        cut = own.join(limits, on="subject").select(
            "place",
            start=pl.max_horizontal("t_in", "start") - before,
            until=pl.min_horizontal("t_out", "until") + after,
        )
        at_places = Spans(*(cut[name].to_numpy() for name in ("place", "start", "until")))
        return pl.concat([own, self._as_one(store.stays_at(at_places, self.known))]).unique()

    def _all_records(self, sources: Spans) -> Spans:
        """Ask for the stays of every record of a source."""
        if not self.survivors:
            return sources
        rows = [
            (record, start, until)
            for subject, start, until in zip(sources.ids, sources.start, sources.until, strict=True)
            for record in self.same(int(subject))
        ]
        columns = np.array(rows, dtype=np.int64).reshape(len(rows), 3)
        return Spans(columns[:, 0], columns[:, 1], columns[:, 2])

    def around_surface(
        self, subject: Subject, span: tuple[int, int], *, linger_s: int, is_backward: bool
    ) -> pl.DataFrame:
        """Return the stays of everybody at a surface's place during the span, and as near it as `around` looks."""
        before, after = (linger_s, 0) if is_backward else (0, linger_s)
        place = np.array([store.place_of_surface(subject.pk)], dtype=np.int64)
        start, until = (np.array([at], dtype=np.int64) for at in (span[0] - before, span[1] + after))
        return self._as_one(store.stays_at(Spans(place, start, until), self.known))

    def control_table(self, also: dict[int, int]) -> Controls:
        """Return the controls, with `also` (subject -> epoch seconds) added."""
        rows = [*self.controls.items(), *also.items()]
        columns = np.array(rows, dtype=np.int64).reshape(len(rows), 2)
        return Controls(columns[:, 0], columns[:, 1])


def _start_of_day(day: object) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))  # type: ignore[arg-type]
