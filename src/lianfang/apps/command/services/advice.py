"""Travel advice: each change of the lists of risk areas drafts the next version; a person publishes it."""

from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from lianfang.apps.areas.selectors import risk
from lianfang.apps.command.models import Notice, NoticeVersion
from lianfang.apps.command.services.notices import Words, add_version
from lianfang.apps.core import clock, profiles

DAY_S = 86_400
PLACES_NAMED = 40  # more would not be read aloud; the page of risk areas has all of them


@transaction.atomic
def draft_advice(*, list_id: int) -> None:
    """Draft the travel advice that follows from a list's change, once; nothing if the list changed nothing."""
    if NoticeVersion.objects.filter(risk_list_id=list_id).exists():
        return
    given = risk.risk_list(list_id)
    current = risk.list_in_force(clock.now())
    if current is None or current.pk != given.pk:
        return  # a list of the past, or overtaken meanwhile: the present one has advice of its own
    change = next((each for each in risk.published_changes(1) if each.risk_list_id == list_id), None)
    if change is None or not change.items:
        return
    changes = risk.changes_of(change)
    notice, _is_new = Notice.objects.get_or_create(kind=Notice.Kind.TRAVEL_ADVICE, defaults={"created_at": clock.now()})
    Notice.objects.select_for_update(no_key=True).get(pk=notice.pk)
    words = {language: _words(changes, given.stamp, language) for language in ("zh-hans", "en")}
    (title_zh, text_zh), (title_en, text_en) = words["zh-hans"], words["en"]
    add_version(notice, Words(title_zh, text_zh, title_en, text_en), at=clock.now(), by=None, risk_list_id=given.pk)


def _words(changes: list[risk.Change], stamp: datetime, language: str) -> tuple[str, str]:
    profile = profiles.profile_in_force(at=clock.now())
    days = profile.window.incubation_max_s // DAY_S
    with translation.override(language):
        at = f"{localtime(stamp):%Y-%m-%d %H:%M}"
        up = [each for each in changes if each.kind in {"added", "raised"}]
        down = [each for each in changes if each.kind in {"lowered", "lifted"}]
        lines = [_("By the list of risk areas as of %(at)s:") % {"at": at}]
        if up:
            lines += [_("Newly at risk or at higher risk:"), *_named(up)]
            lines += [
                _(
                    "Do not travel there unless you must. Whoever is there, or was there in the last %(days)d days, "
                    "reports to the village or community and to the work unit: before coming back, or at once."
                )
                % {"days": days}
            ]
        if down:
            lines += [_("No longer at risk, or at lower risk:"), *_named(down)]
        lines += [_("Whoever travels elsewhere wears a mask on the way, washes hands and keeps the tickets.")]
        return _("Travel advice of %(at)s") % {"at": at}, "\n".join(lines)


def _named(changes: list[risk.Change]) -> list[str]:
    names = {"high": _("high risk"), "middle": _("medium risk"), "low": _("low risk"), "": _("not listed any more")}
    lines = [
        f"· {each.division or each.place.area_name} {each.place.community}: {names[each.after]}".replace(" :", ":")
        for each in changes[:PLACES_NAMED]
    ]
    if len(changes) > PLACES_NAMED:
        lines.append(_("· and %(n)d more, on the page of risk areas") % {"n": len(changes) - PLACES_NAMED})
    return lines
