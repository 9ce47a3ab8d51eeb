"""Whether facts that arrived can change what an investigation found: only then is it decided again."""

from collections.abc import Sequence
from io import BytesIO
from typing import Final

import numpy as np
import polars as pl
from django.db.models import Q

from lianfang.apps.core import clock
from lianfang.apps.core.models import FactArchive, FactBatch
from lianfang.apps.core.profiles import profile_of
from lianfang.apps.people.known import survivors_known
from lianfang.apps.places import store
from lianfang.apps.places.store import Known, Spans
from lianfang.apps.tracing.known import seconds
from lianfang.apps.tracing.models import Exposure, Investigation
from lianfang.rules.contact import contact_rules
from lianfang.rules.profile import Profile
from lianfang.rules.vocabulary import Direction, ExposureClass, SubjectKind

# Kinds of batches that can change what a trace finds, and those of them that are stays and nothing else.
TRACED_BATCHES: Final = ("presences", "contacts", "links", "packages", "persons")
_STAYS: Final = frozenset({"presences", "contacts"})

NARROWED_ROWS: Final = 50_000
"""More new stays than these are not looked through: to read who else was there costs as much as deciding again."""


def concerns(batches: Sequence[FactBatch], investigation: Investigation) -> bool:
    """Return whether the batches can change what the investigation's current run found; when in doubt, yes.

    An exposure that begins, grows, shrinks or ends has two stays, and one of them is new. Either it is a source's own, or it
    is at a place at which a source was, at that time or, where something lingers, near it.
    """
    if any(batch.kind not in _STAYS for batch in batches) or sum(batch.n_rows for batch in batches) > NARROWED_ROWS:
        return True
    new = _stays(batches)
    if new is None or survivors_known(investigation.checked_seq):
        return True
    profile = profile_of(investigation.edition, at=clock.now())
    sources = pl.Series(sorted(_sources(investigation, profile)), dtype=pl.Int64)
    if new["subject"].is_in(sources.implode()).any():
        return True
    index = investigation.index_subject
    if index.kind == SubjectKind.SURFACE and (new["place"] == store.place_of_surface(index.pk)).any():
        return True
    return _meets(new, sources, profile)


def _sources(investigation: Investigation, profile: Profile) -> set[int]:
    """Return the index, what is positive with it, and all who were found in a generation that another one follows."""
    found = Exposure.objects.filter(run=investigation.current_run_id)
    followed = (
        Q(direction=Direction.FORWARD, generation__lt=profile.trace.generations_forward)
        | Q(direction=Direction.BACKWARD, generation__lt=profile.trace.generations_backward)
        | Q(exposure_class=ExposureClass.POSITIVE_LOT)
    )
    return {investigation.index_subject_id, *found.filter(followed).values_list("subject_id", flat=True)}


def _stays(batches: Sequence[FactBatch]) -> pl.DataFrame | None:
    """Return the stays of the batches (subject, place, t_in, t_out; epoch seconds); None when some have expired."""
    parts = FactArchive.objects.filter(batch__in=batches, part__isnull=False)
    if parts.filter(expired_at__isnull=False).exists():
        return None
    empty = pl.DataFrame(schema=dict.fromkeys(("subject", "place", "t_in", "t_out"), pl.Int64))
    horizon = seconds(clock.now())
    frames = [
        pl.read_parquet(BytesIO(bytes(content))).select(
            subject="subject_id",
            place="place_id",
            t_in=pl.col("starts_at").dt.epoch("s"),
            t_out=pl.col("ends_at").dt.epoch("s").fill_null(horizon) + 1,
        )
        for content in parts.values_list("content", flat=True)
    ]
    return pl.concat([empty, *frames])


def _meets(new: pl.DataFrame, sources: pl.Series, profile: Profile) -> bool:
    """Whether a source was at the place of one of the new stays, as near in time as something lingers there."""
    rules, kinds = contact_rules(profile), store.kinds_of(new["place"].unique().to_list())
    linger_s = np.array([rules[kinds[place]].linger_s for place in new["place"].to_list()], dtype=np.int64)
    spans = Spans(
        new["place"].to_numpy().astype(np.int64),
        new["t_in"].to_numpy().astype(np.int64) - linger_s,
        new["t_out"].to_numpy().astype(np.int64) + linger_s,
    )
    there = store.stays_at(spans, Known(seq=np.iinfo(np.int64).max, horizon=seconds(clock.now())))
    return bool(there["subject"].is_in(sources.implode()).any())
