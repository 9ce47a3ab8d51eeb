"""Template tags and filters of the interface: assets, icons, signs, county times, sort links, form controls."""

from datetime import UTC, date, datetime
from typing import Any

from django import forms, template
from django.core.paginator import Page
from django.forms import BoundField
from django.http import HttpRequest, QueryDict
from django.template.context import RequestContext
from django.templatetags.static import static
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone_name, localtime
from django.utils.translation import gettext

from lianfang.apps.core.built_assets import asset, entry_assets
from lianfang.apps.core.signs import SIGNS, Sign, sign_for

register = template.Library()

THEMES = ("light", "dark")
NOTHING = "–"
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400

_TONES = {"success": "green", "info": "blue", "warning": "yellow", "error": "red", "debug": "grey"}
_TONE_ICONS = {"success": "circle-check", "warning": "alert-triangle", "error": "alert-octagon"}


@register.simple_tag
def vite_assets(entry: str) -> SafeString:
    """Links to the built style sheets and the script of an entry."""
    assets = entry_assets(entry)
    lines = [
        *(format_html('<link rel="stylesheet" href="{}">', static(name)) for name in assets.styles),
        *(format_html('<link rel="modulepreload" href="{}">', static(name)) for name in assets.preloads),
        format_html('<script type="module" src="{}"></script>', static(assets.script)),
    ]
    return format_html_join("\n  ", "{}", ((line,) for line in lines))


@register.simple_tag
def icon_sprite() -> str:
    """Address of the icon sprite, for scripts."""
    return static(asset("icons.svg"))


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """One Tabler icon from the sprite; decoration unless it has a label."""
    role = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    href = f"{icon_sprite()}#{name}"
    return format_html('<svg class="lf-icon {}" width="20" height="20" {}><use href="{}"></use></svg>', css, role, href)


@register.simple_tag(takes_context=True)
def theme(context: RequestContext) -> str:
    """The theme kept in the visitor's cookie, rendered by the server so that nothing flashes."""
    request: HttpRequest | None = context.get("request")
    chosen = request.COOKIES.get("theme", "") if request else ""
    return chosen if chosen in THEMES else THEMES[0]


def _badge(sign: Sign, word: str | Promise) -> SafeString:
    return format_html('<span class="lf-badge lf-tone-{}">{}<span>{}</span></span>', sign.tone, icon(sign.icon), word)


@register.simple_tag
def badge(kind: str, value: object, word: str | Promise = "") -> SafeString:
    """Sign, word and colour of a value; kinds: `core.signs.SIGNS`. `word` replaces the usual word."""
    sign = sign_for(kind, value)
    return _badge(sign, word or sign.word)


@register.filter
def word(value: object, kind: str) -> str | Promise:
    """The word of a value alone: {{ place.kind|word:"place" }}."""
    return sign_for(kind, value).word


@register.simple_tag
def kind_icon(kind: str, value: object) -> SafeString:
    """The sign of a value alone, named for a screen reader."""
    sign = sign_for(kind, value)
    return icon(sign.icon, label=str(sign.word))


@register.simple_tag
def sign_words(*kinds: str) -> SafeString:
    """The words of whole kinds for an island, as <template data-text="KIND.VALUE" data-tone="TONE">."""
    words = [(kind, value, sign.tone, sign.word) for kind in kinds for value, sign in SIGNS[kind].items()]
    return format_html_join("\n", '<template data-text="{}.{}" data-tone="{}">{}</template>', words)


@register.simple_tag
def county_zone() -> str:
    """The time zone times are shown in, for scripts."""
    return get_current_timezone_name()


@register.filter
def tone(value: str) -> str:
    """The tone of a message level; other words pass."""
    return _TONES.get(value, value or "blue")


@register.filter
def tone_icon(value: str) -> str:
    """The icon of a message level."""
    return _TONE_ICONS.get(value, "info-circle")


# A variable missing from a template arrives as "", so the filters below ask what they were given.
def _local(value: datetime | float) -> datetime:
    return localtime(value if isinstance(value, datetime) else datetime.fromtimestamp(value, tz=UTC))


def _time(value: datetime | float, shape: str) -> SafeString:
    local = _local(value)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        local.strftime("%Y-%m-%d %H:%M:%S %z"),
        local.strftime(shape),
    )


@register.filter
def instant(value: datetime | float | None) -> SafeString | str:
    """2020-12-07 09:00 in the county's zone, from an aware datetime or epoch seconds."""
    return NOTHING if not isinstance(value, datetime | int | float) else _time(value, "%Y-%m-%d %H:%M")


@register.filter
def instant_short(value: datetime | float | None) -> SafeString | str:
    """12-07 09:00; the full time is in its title."""
    return NOTHING if not isinstance(value, datetime | int | float) else _time(value, "%m-%d %H:%M")


@register.filter
def clock(value: datetime | float | None) -> SafeString | str:
    """14:32:08, for freshness."""
    return NOTHING if not isinstance(value, datetime | int | float) else _time(value, "%H:%M:%S")


@register.filter
def day(value: date | datetime | None) -> str:
    """2020-12-07: the county's day of an instant, or a plain date."""
    if not isinstance(value, date):
        return NOTHING
    return (localtime(value) if isinstance(value, datetime) else value).strftime("%Y-%m-%d")


@register.filter
def duration(value: float | None) -> str:
    """Seconds as the two largest units: 2 d 3 h, 3 h 30 min, 1 min 30 s; under ten seconds with a tenth: 0.4 s."""
    if not isinstance(value, int | float):
        return NOTHING
    if 0 < value < 10 and value % 1:
        return gettext("%(n)s s") % {"n": f"{value:.1f}"}
    seconds = round(value)
    sign = "−" if seconds < 0 else ""
    units = (
        (DAY_S, gettext("%(n)s d")),
        (HOUR_S, gettext("%(n)s h")),
        (MINUTE_S, gettext("%(n)s min")),
        (1, gettext("%(n)s s")),
    )
    parts, rest = [], abs(seconds)
    for size, text in units:
        count, rest = divmod(rest, size)
        if count:
            parts.append(text % {"n": count})
    return sign + " ".join(parts[:2] or [units[-1][1] % {"n": 0}])


@register.simple_tag(takes_context=True)
def query_with(context: RequestContext, **changes: object) -> str:
    """This page's query string with some keys set; None or "" removes one; the page starts again unless given."""
    query: QueryDict = context["request"].GET.copy()
    for key, value in {"page": None, **changes}.items():
        if value in (None, ""):
            query.pop(key, None)
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}" if query else "?"


@register.inclusion_tag("components/sort_header.html", takes_context=True)
def sort_header(context: RequestContext, field: str, label: str, css: str = "") -> dict[str, Any]:
    """A <th> whose link sorts by `field`, then backwards; state in the query as sort=field | -field."""
    current = context["request"].GET.get("sort") or context.get("default_sort", "")
    descending = current == f"-{field}"
    ascending = current == field
    return {
        "href": query_with(context, sort=f"-{field}" if ascending else field),
        "label": label,
        "css": css,
        "state": "descending" if descending else "ascending" if ascending else "none",
    }


@register.filter
def control(field: BoundField) -> SafeString:
    """A form field's widget in the interface's style, marked when it has errors."""
    widget = field.field.widget
    css = "form-control"
    if isinstance(widget, forms.CheckboxInput):
        css = "form-check-input"
    elif isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        css = "lf-choices"
    elif isinstance(widget, forms.Select):
        css = "form-select"
    own = str(widget.attrs.get("class", ""))
    classes = " ".join(filter(None, [own, css, "is-invalid" if field.errors else ""]))
    return field.as_widget(attrs={"class": classes})


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Whether the label stands behind the control."""
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def percent_of(value: float, total: float) -> int:
    """Whole percent; 0 of nothing is 0, and only a full count shows 100."""
    if not total:
        return 0
    return 100 if value >= total else min(99, int(100 * value / total))


@register.simple_tag
def hidden_inputs(query: QueryDict, form: forms.Form, *without: str) -> SafeString:
    """The query's keys that are not fields of the form, as hidden inputs, so that filtering keeps e.g. the order."""
    left_out = {*without, *(form.add_prefix(name) for name in form.fields)}
    kept = [(key, value) for key, values in query.lists() if key not in left_out for value in values]
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', kept)


@register.simple_tag
def page_numbers(page: Page[Any]) -> list[int | str]:
    """Page numbers around this one, with ellipses."""
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1))
