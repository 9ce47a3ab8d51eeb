"""API of the investigations, for reading; what a caller may see is what the pages would show them."""

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from lianfang.apps.core import audit
from lianfang.apps.core.permissions import Permission, actor, needs
from lianfang.apps.tracing.schemas import (
    ExposureSchema,
    ExposuresQuery,
    ExposuresSchema,
    FunnelSchema,
    InvestigationDetailSchema,
    InvestigationSchema,
    InvestigationsSchema,
    ListQuery,
    RunSchema,
    SubjectSchema,
)
from lianfang.apps.tracing.selectors.affected import count, rows_of
from lianfang.apps.tracing.selectors.investigations import listed, summaries
from lianfang.apps.tracing.selectors.involved import n_places
from lianfang.apps.tracing.selectors.reading import Occasion, Reader, occasion_of, persons_among
from lianfang.apps.tracing.selectors.rows import shown_rows
from lianfang.apps.tracing.selectors.runs import freshness, response_seconds

router = Router(tags=["investigations"])
PAGE_SIZE = 100


@router.get("/investigations", response=InvestigationsSchema, url_name="investigations")
@needs(Permission.VIEW_INVESTIGATIONS)
def investigations(request: HttpRequest, query: Query[ListQuery]) -> InvestigationsSchema:
    """Return the investigations of the caller's area, the newest first, 100 a page. Refuses: permission_missing."""
    by, at = actor(request), timezone.now()
    reader = Reader(by)
    page = Paginator(listed(reader, query.wanted()), PAGE_SIZE).get_page(query.page)
    rows = summaries(page, reader, at)
    audit.record("tracing.investigations_listed", by=by, at=at, subjects=persons_among(row.index for row in rows))
    return InvestigationsSchema(
        n=page.paginator.count,
        page=page.number,
        n_pages=page.paginator.num_pages,
        investigations=[InvestigationSchema.of(row) for row in rows],
    )


@router.get("/investigations/{number}", response=InvestigationDetailSchema, url_name="investigation")
@needs(Permission.VIEW_INVESTIGATIONS)
def investigation(request: HttpRequest, number: str, run: str = "") -> InvestigationDetailSchema:
    """Return one investigation with a run (the current one unless named) and how far the response is.

    Refuses: investigation_not_found, run_not_found, area_missing, permission_missing.
    """
    occasion = occasion_of(actor(request), number, run=run, at=timezone.now())
    about = occasion.investigation
    index = occasion.reader.card(about.index_subject)
    audit.record("tracing.investigation_read", by=occasion.reader.user, at=occasion.at, subjects=persons_among([index]))
    return InvestigationDetailSchema(
        number=about.number,
        status=about.status,
        index=SubjectSchema.from_orm(index),
        opened_at=about.opened_at,
        ended_at=about.ended_at,
        run=_run(occasion),
        funnel=FunnelSchema.from_orm(count(occasion)),
        n_places=n_places(occasion.run, occasion.reader),
    )


@router.get("/investigations/{number}/exposures", response=ExposuresSchema, url_name="exposures")
@needs(Permission.VIEW_INVESTIGATIONS)
def exposures(request: HttpRequest, number: str, query: Query[ExposuresQuery]) -> ExposuresSchema:
    """Return who and what a run found, the strictest classes first, 100 a page.

    Refuses: investigation_not_found, run_not_found, area_missing, permission_missing.
    """
    occasion = occasion_of(actor(request), number, run=query.run, at=timezone.now())
    page = Paginator(rows_of(occasion, query.wanted()), PAGE_SIZE).get_page(query.page)
    rows = shown_rows(page, occasion)
    shown = persons_among(row.subject for row in rows)
    audit.record("tracing.investigation_read", by=occasion.reader.user, at=occasion.at, subjects=shown)
    return ExposuresSchema(
        n=page.paginator.count,
        page=page.number,
        n_pages=page.paginator.num_pages,
        run=occasion.run.ordinal,
        exposures=[ExposureSchema.of(row) for row in rows],
    )


def _run(occasion: Occasion) -> RunSchema:
    run, fresh = occasion.run, freshness(occasion.run)
    return RunSchema(
        ordinal=run.ordinal,
        cause=run.cause,
        decided_at=run.decided_at,
        edition=run.edition,
        stands=run.stands,
        known_seq=run.known_seq,
        known_at=fresh.known_at,
        newer_facts_at=fresh.newer_at,
        response_seconds=response_seconds(run),
    )
