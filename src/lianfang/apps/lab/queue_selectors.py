"""What awaits a result, tube by tube: where it is, since when, and the facts that say how pressing it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from lianfang.apps.core.models import User
from lianfang.rules.custody import Whereabouts
from lianfang.rules.turnaround import TubeFacts
from lianfang.rules.vocabulary import MeasureKind

QUEUE_MOST: Final = 50_000

# A shared tube counts once; where it is, its first swab's moves say: a shared tube moves whole.
_QUEUE = """
WITH placed AS (
    SELECT a.specimen_id, a.collected_at, a.whereabouts, a.organisation_id, a.since FROM lab_awaited a
    WHERE a.position = 1 AND a.area_code LIKE %(area)s
    ORDER BY a.collected_at, a.specimen_id LIMIT %(most)s
), tubes AS (
    SELECT p.*, coalesce(b.code, s.code) AS code, s.subject_id, s.collected_by_id, b.id AS pool_id
    FROM placed p JOIN lab_specimen s ON s.id = p.specimen_id
    LEFT JOIN lab_poolmember m ON m.specimen_id = p.specimen_id LEFT JOIN lab_pool b ON b.id = m.pool_id
)
SELECT t.code,
       CASE WHEN t.pool_id IS NULL THEN 1
            ELSE (SELECT count(*) FROM lab_poolmember each WHERE each.pool_id = t.pool_id) END,
       t.collected_at, t.whereabouts, t.organisation_id, t.since, s.kind, t.subject_id,
       CASE WHEN t.pool_id IS NULL THEN
           (SELECT array_agg(DISTINCT m.kind ORDER BY m.kind) FROM core_measure m
            WHERE m.subject_id = t.subject_id AND m.ended_at IS NULL) END,
       t.pool_id IS NULL AND EXISTS (
           SELECT FROM core_measurecause c JOIN core_measure m ON m.id = c.measure_id
           WHERE m.subject_id = t.subject_id AND c.ended_at IS NULL AND c.source LIKE 'pool:%%'),
       coalesce(o.kind = 'hospital' AND u.role <> 'laboratory', false),
       t.pool_id IS NULL AND EXISTS (
           SELECT FROM lab_samplingorder r WHERE r.subject_id = t.subject_id AND r.due_from <= t.collected_at
           AND NOT EXISTS (SELECT FROM lab_revocation v WHERE v.order_id = r.id))
FROM tubes t JOIN core_subject s ON s.id = t.subject_id
LEFT JOIN core_user u ON u.id = t.collected_by_id LEFT JOIN core_organisation o ON o.id = u.organisation_id
ORDER BY t.collected_at, t.code
"""


@dataclass(frozen=True, slots=True)
class WaitingTube:
    """A tube without a signed result. `organisation_id`: the laboratory it is at or was sent to; `since`: it is there."""

    code: str
    members: int
    collected_at: datetime
    whereabouts: Whereabouts
    organisation_id: int | None
    since: datetime
    subject_kind: str
    subject_id: int
    facts: TubeFacts


def waiting_tubes(*, by: User) -> list[WaitingTube]:
    """Return the tubes of the reader's area that await a signed result, the longest waiting first; at most QUEUE_MOST."""
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE, {"area": f"{by.area_code}%", "most": QUEUE_MOST})
        return [_tube(*row) for row in cursor.fetchall()]


def _tube(*row: Any) -> WaitingTube:
    *plain, kinds, is_recollected, from_hospital, is_ordered = row
    code, members, collected_at, whereabouts, organisation_id, since, subject_kind, subject_id = plain
    measures = tuple(MeasureKind(kind) for kind in kinds or ())
    return WaitingTube(
        code=code,
        members=members,
        collected_at=collected_at,
        whereabouts=Whereabouts(whereabouts),
        organisation_id=organisation_id,
        since=since,
        subject_kind=subject_kind,
        subject_id=subject_id,
        facts=TubeFacts(is_recollected, measures, from_hospital, is_ordered),
    )
