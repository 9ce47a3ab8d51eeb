"""Tags and signs of the interface: what a page says for a value, and that no closed set lacks a word."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django import forms
from django.core.exceptions import ImproperlyConfigured
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.translation import override

from lianfang.apps.core import built_assets
from lianfang.apps.core.signs import SIGNS, sign_for
from lianfang.apps.core.templatetags import lianfang_ui as ui
from lianfang.rules.vocabulary import (
    Direction,
    ExposureClass,
    MeasureKind,
    PlaceKind,
    ResponsibleKind,
    SpecimenResult,
    SubjectKind,
    TaskKind,
)

NINE = datetime(2020, 12, 7, 1, 0, 5, tzinfo=UTC)  # 09:00:05 in the county


def rendered(source: str, path: str = "/", **values: object) -> str:
    request = RequestFactory().get(path)
    return Template("{% load lianfang_ui %}" + source).render(Context({"request": request, **values}))


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("class", ExposureClass),
        ("measure", MeasureKind),
        ("place", PlaceKind),
        ("responsible", ResponsibleKind),
        ("result", SpecimenResult),
        ("subject", SubjectKind),
        ("task_kind", TaskKind),
        ("direction", Direction),
    ],
)
def test_every_word_of_the_rules_has_a_sign(kind: str, words) -> None:
    assert {word.value for word in words} <= SIGNS[kind].keys()


def test_signs_of_one_kind_that_share_a_tone_differ_in_word() -> None:
    with override("zh-hans"):
        for kind, values in SIGNS.items():
            said = [(str(sign.word), sign.icon) for sign in values.values()]
            assert len(set(said)) == len(said), kind


def test_a_value_without_a_sign_is_shown_as_it_is() -> None:
    assert (sign_for("class", "new").word, sign_for("class", "new").tone) == ("new", "grey")


def test_a_badge_has_sign_word_and_tone_and_escapes() -> None:
    with override("en"):
        shown = rendered('{% badge "class" "close_contact" %}')
    assert "lf-tone-orange" in shown
    assert "#alert-triangle" in shown
    assert "Close contact" in shown
    assert "&lt;b&gt;" in rendered('{% badge "class" "index" word %}', word="<b>")


@pytest.mark.parametrize("value", [NINE, int(NINE.timestamp()), NINE.timestamp()])
def test_instants_are_told_in_the_county(value) -> None:
    assert ">2020-12-07 09:00</time>" in ui.instant(value)
    assert ">12-07 09:00</time>" in ui.instant_short(value)
    assert ">09:00:05</time>" in ui.clock(value)
    assert 'datetime="2020-12-07T09:00:05+08:00"' in ui.instant(value)


def test_days_are_the_countys() -> None:
    assert ui.day(datetime(2020, 12, 6, 16, tzinfo=UTC)) == "2020-12-07"
    assert ui.day(date(2020, 12, 7)) == "2020-12-07"


@pytest.mark.parametrize("name", ["instant", "instant_short", "clock", "day", "duration"])
def test_what_is_missing_is_a_dash(name: str) -> None:
    assert rendered("{{ value|%s }}{{ no_such_variable|%s }}" % (name, name), value=None) == "––"  # noqa: UP031


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (0.44, "0.4 s"), (45, "45 s"), (12600, "3 h 30 min"), (97200, "1 d 3 h"), (-90, "−1 min 30 s")],
)
def test_durations_are_told_in_the_two_largest_units(seconds: float, said: str) -> None:
    with override("en"):
        assert ui.duration(seconds) == said


def test_links_keep_the_query_and_begin_a_new_order_at_page_one() -> None:
    header = '{% sort_header "first" "First" %}'
    assert 'href="?kind=person&amp;sort=first"' in rendered(header, "/?kind=person&page=7")
    up = rendered(header, "/?sort=first")
    assert 'aria-sort="ascending"' in up
    assert 'href="?sort=-first"' in up
    assert 'aria-sort="descending"' in rendered(header, "/?sort=-first")
    assert 'aria-sort="ascending"' in rendered(header, "/", default_sort="first")
    assert rendered("{% query_with page=3 %}", "/?a=1&page=2") == "?a=1&amp;page=3"
    assert rendered('{% query_with a="" %}', "/?a=1") == "?"


def test_a_pager_elides() -> None:
    assert list(ui.page_numbers(Paginator(range(1000), 10).page(50)))[0:3] == [1, "…", 48]


class Example(forms.Form):
    amount = forms.IntegerField()
    keep = forms.BooleanField()
    kind = forms.ChoiceField(choices=[("a", "A")])
    way = forms.ChoiceField(choices=[("a", "A")], widget=forms.RadioSelect)


def test_controls_are_dressed_and_marked_when_wrong() -> None:
    form = Example({"amount": "x", "keep": "on", "kind": "a", "way": "a"})
    amount = ui.control(form["amount"])
    assert 'class="form-control is-invalid"' in amount
    assert 'aria-invalid="true"' in amount
    assert 'class="form-select"' in ui.control(form["kind"])
    assert 'class="form-check-input"' in ui.control(form["keep"])
    assert 'class="lf-choices"' in ui.control(form["way"])


def test_a_field_ties_label_help_and_error_to_its_control() -> None:
    shown = rendered('{% include "components/field.html" with field=field %}', field=Example({"amount": "x"})["amount"])
    assert 'for="id_amount"' in shown
    assert 'aria-describedby="id_amount_error"' in shown
    assert 'id="id_amount_error"' in shown


def test_a_filter_form_keeps_what_is_not_its_own() -> None:
    shown = rendered('{% hidden_inputs request.GET form "page" %}', "/?sort=a&kind=b&page=3", form=Example())
    assert shown == '<input type="hidden" name="sort" value="a">'


@pytest.mark.parametrize(("value", "total", "percent"), [(0, 0, 0), (999, 1000, 99), (1000, 1000, 100), (1, 3, 33)])
def test_only_a_full_count_is_a_hundred_percent(value: int, total: int, percent: int) -> None:
    assert ui.percent_of(value, total) == percent


@pytest.mark.parametrize(
    ("cookie", "shown"), [("dark", "dark"), ("light", "light"), ('"><script>', "light"), ("", "light")]
)
def test_the_theme_is_one_of_two(cookie: str, shown: str) -> None:
    request = RequestFactory().get("/")
    request.COOKIES["theme"] = cookie
    assert Template("{% load lianfang_ui %}{% theme %}").render(Context({"request": request})) == shown


def test_a_page_links_the_built_files() -> None:
    shown = rendered('{% vite_assets "src/main.ts" %}')
    assert shown.count("<link ") >= 1
    assert shown.count('<script type="module" src="/static/dist/assets/main-') == 1


def test_a_missing_build_says_what_to_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(built_assets, "DIST_DIR", tmp_path)
    with pytest.raises(ImproperlyConfigured, match="npm run build"):
        built_assets.entry_assets("src/main.ts")
