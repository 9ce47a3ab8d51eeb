"""Notices: drafted by one, published by another, changed only by a new version, withdrawn where everybody sees it."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from lianfang.apps.command.models import Notice, NoticeEvent, NoticeVersion
from lianfang.apps.command.selectors.notices import NoticeNotFound
from lianfang.apps.core import audit, evidence
from lianfang.apps.core.errors import Conflict, NotAllowed
from lianfang.apps.core.models import User


class OwnDraft(NotAllowed):
    """Who wrote a draft does not publish it."""

    code = "own_draft"


class DraftChanged(Conflict):
    """There is a newer draft than the one that was read, or it is published already."""

    code = "draft_changed"


class NotPublished(Conflict):
    """Only what is published can be withdrawn."""

    code = "notice_not_published"


@dataclass(frozen=True, slots=True)
class Words:
    """A notice's words; English may be missing."""

    title_zh: str
    text_zh: str
    title_en: str = ""
    text_en: str = ""


@transaction.atomic
def draft_notice(*, words: Words, by: User, at: datetime) -> NoticeVersion:
    """Write the first version of a new notice."""
    notice = Notice.objects.create(kind=Notice.Kind.NOTICE, created_at=at)
    return add_version(notice, words, at=at, by=by)


@transaction.atomic
def revise_notice(*, number: int, words: Words, read: int, by: User, at: datetime) -> NoticeVersion:
    """Write a new version of a notice, from the version `read`; the published one holds until the new one is.

    Raises: NoticeNotFound, DraftChanged when somebody wrote another version meanwhile.
    """
    notice = _locked(number)
    newest = notice.versions.order_by("-number").first()
    if newest is not None and newest.number != read:
        raise DraftChanged("Somebody has written another version meanwhile. Read it first.")
    return add_version(notice, words, at=at, by=by)


@transaction.atomic
def publish_notice(*, number: int, version: int, by: User, at: datetime) -> NoticeEvent:
    """Publish the draft that was read. Repeating it changes nothing.

    Raises: NoticeNotFound, DraftChanged, OwnDraft.
    """
    notice = _locked(number)
    newest = notice.versions.order_by("-number").first()
    if newest is None or newest.number != version:
        raise DraftChanged("Somebody has written another version meanwhile. Read it first.")
    if newest.drafted_by_id == by.pk:
        raise OwnDraft("Who wrote a draft does not publish it: ask a colleague.")
    events = {event.action: event for event in newest.events.all()}
    if NoticeEvent.Action.WITHDRAWN in events:
        raise DraftChanged("This version was withdrawn. Write a new one.")
    if NoticeEvent.Action.PUBLISHED in events:
        return events[NoticeEvent.Action.PUBLISHED]
    event = NoticeEvent(notice=notice, version=newest, action=NoticeEvent.Action.PUBLISHED, at=at, by=by)
    evidence.insert("notice_event", [event])
    audit.record("notice.published", by=by, at=at, notice=number, version=version)
    return event


@transaction.atomic
def withdraw_notice(*, number: int, reason: str, by: User, at: datetime) -> NoticeEvent:
    """Withdraw what is published; the page stays and says so. Raises: NoticeNotFound, NotPublished."""
    notice = _locked(number)
    last = notice.events.select_related("version").order_by("-id").first()
    if last is None or last.action != NoticeEvent.Action.PUBLISHED:
        raise NotPublished("This notice is not published.")
    event = NoticeEvent(
        notice=notice, version=last.version, action=NoticeEvent.Action.WITHDRAWN, reason=reason, at=at, by=by
    )
    evidence.insert("notice_event", [event])
    audit.record("notice.withdrawn", by=by, at=at, notice=number, version=last.version.number)
    return event


def add_version(
    notice: Notice, words: Words, *, at: datetime, by: User | None, risk_list_id: int | None = None
) -> NoticeVersion:
    """Add a version to a notice that the caller has locked or just made."""
    newest = notice.versions.order_by("-number").first()
    version = NoticeVersion(
        notice=notice,
        number=newest.number + 1 if newest else 1,
        title_zh=words.title_zh,
        text_zh=words.text_zh,
        title_en=words.title_en,
        text_en=words.text_en,
        risk_list_id=risk_list_id,
        drafted_at=at,
        drafted_by=by,
    )
    evidence.insert("notice_version", [version])
    audit.record("notice.drafted", by=by, at=at, notice=notice.pk, version=version.number)
    return version


def _locked(number: int) -> Notice:
    notice = Notice.objects.select_for_update(no_key=True).filter(pk=number).first()
    if notice is None:
        raise NoticeNotFound("There is no such notice.")
    return notice
