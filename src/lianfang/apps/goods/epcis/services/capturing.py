"""Capture: a document is kept, then its events are checked, told from known ones, and stored: all, or those that are right."""

import gc
import hashlib
import json
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from lianfang.apps.core import audit
from lianfang.apps.core.errors import Conflict, DomainError
from lianfang.apps.core.models import User
from lianfang.apps.goods.epcis.models import Capture, Event
from lianfang.apps.goods.epcis.services.storing import Origin, Taken, lock_store, store, stored, taken
from lianfang.formats.epcis import checks, vocabulary
from lianfang.formats.epcis.checks import Problem
from lianfang.formats.epcis.documents import Document, Unreadable, open_document, parse

EVENT_LIMIT: Final = 10_000
SIZE_LIMIT: Final = 8 << 20
ERRORS_KEPT: Final = 1_000
# All but the document itself, which is large and stays as it came.
_OUTCOME: Final = ("status", "n_events", "n_stored", "n_known", "n_rejected", "errors", "finished_at")


class DocumentRefused(DomainError):
    """What was handed in is no valid EPCIS; `problems`: each with a JSON pointer."""

    code = "epcis_invalid"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("The content is not valid EPCIS 2.0.")
        self.problems = tuple(problems)


class TooLarge(DomainError):
    """More bytes than one document may have."""

    code = "capture_too_large"
    http_status = 413


class EventIdTaken(Conflict):
    """The id belongs to another event."""

    code = "event_id_taken"


class EventKnown(Conflict):
    """The event was captured before."""

    code = "event_known"


@dataclass(slots=True)
class Sorted:
    """The events of a document, told apart."""

    new: list[Taken] = field(default_factory=list)
    n_known: int = 0
    problems: list[Problem] = field(default_factory=list)
    rejected: set[int] = field(default_factory=set)

    def reject(self, place: int, problems: Sequence[Problem]) -> None:
        """Note what is wrong with the event at a place."""
        self.rejected.add(place)
        self.problems += problems


@transaction.atomic
def capture(content: bytes, *, behaviour: str = "rollback", at: datetime, by: User) -> Capture:
    """Keep a document for its capture in the background. Raises: TooLarge, DocumentRefused where it is no JSON."""
    from procrastinate.contrib.django import app

    if len(content) > SIZE_LIMIT:
        raise TooLarge(f"A document may have {SIZE_LIMIT} bytes.")
    try:
        parse(content)
    except Unreadable as error:
        raise DocumentRefused(error.problems) from error
    kept = take(content, behaviour=behaviour, at=at, by=by)
    audit.record("epcis.captured", by=by, at=at, capture=str(kept.pk))
    app.configure_task("lianfang.epcis_capture", priority=5).defer(capture_id=str(kept.pk))
    return kept


def take(content: bytes, *, behaviour: str = "rollback", at: datetime, by: User) -> Capture:
    """Store a document that waits for its capture."""
    digest = hashlib.sha256(content).hexdigest()
    return Capture.objects.create(
        content=zlib.compress(content, 1),
        sha256=digest,
        behaviour=behaviour,
        created_at=at,
        by=by,
        area_code=by.area_code,
    )


@transaction.atomic
def process(capture_id: UUID, *, at: datetime) -> Capture:
    """Capture a waiting document; one that is done stays as it is."""
    kept = Capture.objects.select_for_update(of=("self",), no_key=True).select_related("by").get(pk=capture_id)
    if kept.status not in {Capture.Status.WAITING, Capture.Status.RUNNING}:
        return kept
    with _uncollected():
        return _processed(kept, at)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Leave out the garbage collector: a document's many small parts form no cycles, and going through them took a third."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _processed(kept: Capture, at: datetime) -> Capture:
    try:
        document = open_document(parse(kept.document))
    except Unreadable as error:
        return _finish(kept, Sorted(problems=list(error.problems)), at, n_events=0)
    if len(document.events) > EVENT_LIMIT:
        too_many = Sorted(problems=[Problem(document.place, "too_many_events")])
        return _finish(kept, too_many, at, n_events=len(document.events))
    found = sort(document)
    if kept.behaviour == Capture.Behaviour.ROLLBACK and found.problems:
        return _finish(kept, found, at, n_events=len(document.events))
    store(found.new, document.context, Origin(kept.area_code, kept.by, at, kept.pk))
    return _finish(kept, found, at, n_events=len(document.events), n_stored=len(found.new))


def sort(document: Document) -> Sorted:
    """Check every event of a document and compare it with the store, which is locked until the transaction ends."""
    found = Sorted()
    prefixes = vocabulary.namespaces(document.context)
    right: list[Taken] = []
    alone = not document.place
    for place, body in enumerate(document.events):
        wrong = checks.event(body)
        if alone and "@context" not in body:
            wrong = [(("@context",), "no_context"), *wrong]
        event = None if wrong else taken(place, body, prefixes)
        if event is not None and event.is_doubtful:
            wrong = checks.unstorable(body)
        if event is None or wrong:
            where = document.place if alone else f"{document.place}/{place}"
            found.reject(place, checks.problems_at(wrong, where))
        else:
            right.append(event)
    _tell_known(found, right, document)
    return found


def _tell_known(found: Sorted, right: Sequence[Taken], document: Document) -> None:
    lock_store()
    known = stored([event.event_id for event in right])
    for event in right:
        before = known.get(event.identity)
        if before is None:
            known[event.identity] = event.hash
            found.new.append(event)
        elif before == event.hash:
            found.n_known += 1
        else:
            where = f"{document.place}/{event.place}/eventID" if document.place else "/eventID"
            found.reject(event.place, [Problem(where, "id_taken")])


def _finish(kept: Capture, found: Sorted, at: datetime, *, n_events: int, n_stored: int | None = None) -> Capture:
    kept.n_events = n_events
    kept.errors = [list(problem) for problem in found.problems[:ERRORS_KEPT]]
    kept.finished_at = at
    if n_stored is None:
        kept.status = Capture.Status.REFUSED
        kept.n_rejected = n_events
    else:
        kept.status = Capture.Status.DONE
        kept.n_stored, kept.n_known, kept.n_rejected = n_stored, found.n_known, len(found.rejected)
    kept.save(update_fields=_OUTCOME)
    return kept


@transaction.atomic
def capture_one(value: Any, *, at: datetime, by: User) -> Event:
    """Store one event at once. Raises: DocumentRefused, EventKnown, EventIdTaken."""
    if not isinstance(value, dict) or value.get("type") in {"EPCISDocument", "EPCISQueryDocument"}:
        raise DocumentRefused([Problem("/type", "wrong_type")])
    document = open_document(value)
    found = sort(document)
    if found.n_known:
        raise EventKnown("The event was captured before.")
    if any(problem.code == "id_taken" for problem in found.problems):
        raise EventIdTaken("The id belongs to another event.")
    if found.problems:
        raise DocumentRefused(found.problems)
    kept = take(json.dumps(value, ensure_ascii=False).encode(), at=at, by=by)
    store(found.new, document.context, Origin(by.area_code, by, at, kept.pk))
    _finish(kept, found, at, n_events=1, n_stored=1)
    audit.record("epcis.captured", by=by, at=at, capture=str(kept.pk))
    return Event.objects.get(capture=kept)
