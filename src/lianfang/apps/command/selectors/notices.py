"""Notices as the public reads them and as the staff who answer for them see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lianfang.apps.command.models import Notice, NoticeEvent, NoticeVersion
from lianfang.apps.core.errors import NotFound

# So long the list of notices goes on showing that something was withdrawn; its own page always does.
WITHDRAWN_SHOWN: Final = timedelta(days=30)


class NoticeNotFound(NotFound):
    """No notice has this number, or the public may not read it."""

    code = "notice_not_found"


@dataclass(frozen=True, slots=True)
class Shown:
    """A published notice in the reader's language. `withdrawn`: since when and why it no longer holds."""

    number: int
    kind: str
    version: int
    title: str
    text: str
    language: str
    published_at: datetime
    withdrawn: NoticeEvent | None
    earlier: int

    @property
    def paragraphs(self) -> list[str]:
        """The text as paragraphs."""
        return [each.strip() for each in self.text.splitlines() if each.strip()]


@dataclass(frozen=True, slots=True)
class Kept:
    """A notice as its staff see it: the last event, the version it is about, the draft that waits for a second person."""

    notice: Notice
    last: NoticeEvent | None
    draft: NoticeVersion | None

    @property
    def title(self) -> str:
        """What lists call it."""
        version = self.draft or (self.last.version if self.last else None)
        return version.title_zh if version else ""

    @property
    def state(self) -> str:
        """A sign of kind `notice`."""
        if self.last is None:
            return "draft"
        return str(self.last.action)


def in_language(zh: str, en: str) -> str:
    """Return the words in the reader's language; what nobody translated is shown in Chinese."""
    return zh if (get_language() or "").startswith("zh") or not en else en


def published(*, kinds: Sequence[str] = (), withdrawn_since: datetime | None = None) -> list[Shown]:
    """Return the notices in force, the newest first; with those withdrawn since an instant, which say so."""
    events = _last_events()
    wanted = Q(action=NoticeEvent.Action.PUBLISHED)
    if withdrawn_since is not None:
        wanted |= Q(action=NoticeEvent.Action.WITHDRAWN, at__gte=withdrawn_since)
    events = events.filter(wanted)
    if kinds:
        events = events.filter(notice__kind__in=kinds)
    return [_shown(event) for event in events.order_by("-at", "-id")]


def shown(number: int, *, version: int | None = None) -> Shown:
    """Return one notice as the public may read it, or an earlier version of it. Raises: NoticeNotFound."""
    events = NoticeEvent.objects.filter(notice=number) if version is None else _published_as(number, version)
    event = events.select_related("notice", "version").order_by("-id").first()
    if event is None:
        raise NoticeNotFound("There is no such notice.")
    return _shown(event)


def versions_of(number: int) -> list[NoticeEvent]:
    """Return the publications of a notice, the newest first."""
    found = NoticeEvent.objects.filter(notice=number, action=NoticeEvent.Action.PUBLISHED)
    return list(found.select_related("version").order_by("-id"))


def kept() -> list[Kept]:
    """Return all notices with their state, those with a draft first, then the newest."""
    last = {event.notice_id: event for event in _last_events()}
    drafts = {version.notice_id: version for version in _drafts()}
    rows = [Kept(notice, last.get(notice.pk), drafts.get(notice.pk)) for notice in Notice.objects.order_by("-id")]
    return sorted(rows, key=lambda row: row.draft is None)


def notice(number: int) -> Kept:
    """Return one notice with its state. Raises: NoticeNotFound."""
    found = Notice.objects.filter(pk=number).first()
    if found is None:
        raise NoticeNotFound("There is no such notice.")
    return Kept(found, _last_events().filter(notice=found).first(), _drafts().filter(notice=found).first())


def history(number: int) -> list[NoticeEvent]:
    """Return everything that happened to a notice, the newest first."""
    return list(NoticeEvent.objects.filter(notice=number).select_related("version", "by").order_by("-id"))


def _last_events() -> QuerySet[NoticeEvent]:
    newest = NoticeEvent.objects.filter(notice=OuterRef("notice")).order_by("-id").values("id")[:1]
    return NoticeEvent.objects.filter(id=Subquery(newest)).select_related("notice", "version", "by")


def _published_as(number: int, version: int) -> QuerySet[NoticeEvent]:
    return NoticeEvent.objects.filter(notice=number, version__number=version)


def _drafts() -> QuerySet[NoticeVersion]:
    """Return the newest version of each notice that no event is about."""
    newest = NoticeVersion.objects.filter(notice=OuterRef("notice")).order_by("-number").values("id")[:1]
    found = NoticeVersion.objects.filter(id=Subquery(newest), events__isnull=True)
    return found.select_related("drafted_by", "notice")


def _shown(event: NoticeEvent) -> Shown:
    version = event.version
    is_withdrawn = event.action == NoticeEvent.Action.WITHDRAWN
    published_at = version.events.get(action=NoticeEvent.Action.PUBLISHED).at if is_withdrawn else event.at
    is_chinese = (get_language() or "").startswith("zh") or not version.title_en or not version.text_en
    return Shown(
        number=event.notice_id,
        kind=event.notice.kind,
        version=version.number,
        title=version.title_zh if is_chinese else version.title_en,
        text=version.text_zh if is_chinese else version.text_en,
        language="zh-hans" if is_chinese else "en",
        published_at=published_at,
        withdrawn=event if is_withdrawn else None,
        earlier=NoticeEvent.objects.filter(notice=event.notice_id, action="published", id__lt=event.pk)
        .exclude(version=version)
        .count(),
    )


def as_text(notice: Shown) -> str:
    """Return a notice as plain text, with when it was published and whether it still holds."""
    lines = [notice.title, "", *notice.paragraphs, ""]
    lines.append(_("Published %(at)s") % {"at": f"{localtime(notice.published_at):%Y-%m-%d %H:%M}"})
    if notice.withdrawn is not None:
        said = {"at": f"{localtime(notice.withdrawn.at):%Y-%m-%d %H:%M}", "reason": notice.withdrawn.reason}
        lines.insert(0, _("WITHDRAWN %(at)s: %(reason)s") % said)
    return "\n".join(lines) + "\n"
