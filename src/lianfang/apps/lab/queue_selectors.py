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
WITH awaited AS (
    SELECT s.code, s.id AS specimen_id, s.subject_id, 1::bigint AS members, s.collected_at, s.collected_by_id
    FROM lab_specimen s
    WHERE NOT EXISTS (SELECT FROM lab_poolmember m WHERE m.specimen_id = s.id)
      AND NOT EXISTS (SELECT FROM lab_result r WHERE r.specimen_id = s.id AND r.signed_at IS NOT NULL)
    UNION ALL
    SELECT p.code, m.specimen_id, m.subject_id,
           (SELECT count(*) FROM lab_poolmember each WHERE each.pool_id = p.id), p.begun_at, p.begun_by_id
    FROM lab_pool p JOIN lab_poolmember m ON m.pool_id = p.id AND m.position = 1
    WHERE NOT EXISTS (SELECT FROM lab_poolresult r WHERE r.pool_id = p.id AND r.signed_at IS NOT NULL)
), mine AS (
    SELECT a.*, s.kind AS subject_kind FROM awaited a JOIN core_subject s ON s.id = a.subject_id
    WHERE starts_with(s.area_code, %(area)s)
), placed AS (
    SELECT m.*, coalesce(c.kind, 'collected') AS whereabouts, c.organisation_id, coalesce(c.at, m.collected_at) AS since
    FROM mine m LEFT JOIN LATERAL (
        SELECT kind, organisation_id, at FROM lab_custodystep c WHERE c.specimen_id = m.specimen_id
        ORDER BY number DESC LIMIT 1) c ON true
    WHERE coalesce(c.kind, '') NOT IN ('rejected', 'destroyed')
    ORDER BY m.collected_at, m.code LIMIT %(most)s
)
SELECT p.code, p.members, p.collected_at, p.whereabouts, p.organisation_id, p.since, p.subject_kind, p.subject_id,
       (SELECT array_agg(DISTINCT kind ORDER BY kind) FROM core_measure m
        WHERE m.subject_id = p.subject_id AND m.ended_at IS NULL AND p.members = 1),
       p.members = 1 AND EXISTS (
           SELECT FROM core_measurecause c JOIN core_measure m ON m.id = c.measure_id
           WHERE m.subject_id = p.subject_id AND c.ended_at IS NULL AND c.source LIKE 'pool:%%'),
       coalesce(o.kind = 'hospital' AND u.role <> 'laboratory', false),
       p.members = 1 AND EXISTS (
           SELECT FROM lab_samplingorder r WHERE r.subject_id = p.subject_id AND r.due_from <= p.collected_at
           AND NOT EXISTS (SELECT FROM lab_revocation v WHERE v.order_id = r.id))
FROM placed p LEFT JOIN core_user u ON u.id = p.collected_by_id LEFT JOIN core_organisation o ON o.id = u.organisation_id
ORDER BY p.collected_at, p.code
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
        cursor.execute(_QUEUE, {"area": by.area_code, "most": QUEUE_MOST})
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
