"""A profile is read strictly: whatever is wrong with it is named by its key."""

import hashlib
import re

import pytest

from lianfang.rules.profile import ProfileError, Standing, builtin_profiles, load_builtin, load_profile
from lianfang.rules.profile_reader import Citations, Table
from lianfang.rules.vocabulary import ExposureClass, MeasureKind, PlaceKind

COVID = builtin_profiles()["covid19-2020-12"]
MERS = builtin_profiles()["mers-2015"]


def changed(old: str, new: str, text: str = COVID) -> str:
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize("edition", builtin_profiles())
def test_built_in_profiles_are_valid_and_named_by_their_edition(edition: str) -> None:
    profile = load_builtin(edition)
    assert profile.edition == edition
    assert profile.digest == hashlib.sha256(builtin_profiles()[edition].encode()).hexdigest()
    assert set(profile.places) == set(PlaceKind)
    assert all(source.text_zh != source.text for source in profile.sources.values()), "each cited in Chinese too"
    for measures in (*profile.person_measures.values(), *profile.goods_measures.values()):
        assert all(profile.tasks[measure.kind] for measure in measures)


def test_numbers_lead_to_their_source() -> None:
    source = load_builtin("covid19-2020-12").source_of("window.before_onset")
    assert source.standing is Standing.CITED
    assert "7th edition" in source.said("en")
    assert "第七版" in source.said("zh")


def test_a_source_without_chinese_is_said_as_written() -> None:
    """As in editions kept with the evidence from before, and in proposals."""
    profile = load_profile(re.sub(r', text_zh = "[^"]*"', "", COVID))
    assert profile.source_of("window.before_onset").said("zh") == profile.source_of("window.before_onset").text


def test_an_edition_without_goods_leaves_them_out() -> None:
    profile = load_profile(MERS)
    assert profile.goods is None
    assert profile.goods_measures == profile.surface_measures == {}
    assert profile.places[PlaceKind.CONTACT].object_class is ExposureClass.NOT_EXPOSED


def test_a_place_takes_from_the_default_what_it_does_not_say() -> None:
    places = load_profile(COVID).places
    assert places[PlaceKind.TRUCK].min_overlap_s == places[PlaceKind.OTHER].min_overlap_s
    assert places[PlaceKind.BUS] == places[PlaceKind.OTHER]


def test_measures_of_a_class_keep_their_order() -> None:
    close = load_profile(COVID).person_measures[ExposureClass.CLOSE_CONTACT]
    assert [measure.kind for measure in close] == [MeasureKind.CENTRAL_QUARANTINE, MeasureKind.HOME_QUARANTINE]


TWO_DAYS = 'before_onset = { days = 2, source = "plan7" }'
FAULTS = [
    ("edition = ", "edition := ", "profile"),
    ('edition = "covid19-2020-12"', 'edition = "Covid 19"', "edition"),
    ('disease = "covid19"', "disease = 19", "disease"),
    ('name_zh = "新冠肺炎', 'name_zh = "  " #', "name_zh"),
    ("in_force_from = 2020-12-01", "in_force_from = 2020-12-01T00:00:00", "in_force_from"),
    ("in_force_from = 2020-12-01", "", "in_force_from"),
    ('disease = "covid19"', 'disease = "covid19"\ncolour = "red"', "colour"),
    ("tenths_celsius = 373", "tenths_celsius = 37", "fever.tenths_celsius"),
    ("tenths_celsius = 373", "celsius = 373", "fever"),
    (TWO_DAYS, "", "window.before_onset"),
    (TWO_DAYS, "before_onset = 2", "window.before_onset"),
    (TWO_DAYS, "before_onset = { days = 2 }", "window.before_onset.source"),
    (TWO_DAYS, 'before_onset = { days = 2, source = "hearsay" }', "window.before_onset.source"),
    (TWO_DAYS, 'before_onset = { days = -2, source = "plan7" }', "window.before_onset.days"),
    (TWO_DAYS, 'before_onset = { days = 2.5, source = "plan7" }', "window.before_onset.days"),
    (TWO_DAYS, 'before_onset = { days = true, source = "plan7" }', "window.before_onset.days"),
    (TWO_DAYS, 'before_onset = { days = 4000, source = "plan7" }', "window.before_onset.days"),
    (TWO_DAYS, 'before_onset = { source = "plan7" }', "window.before_onset"),
    (TWO_DAYS, 'before_onset = { days = 2, hours = 1, source = "plan7" }', "window.before_onset.days"),
    (TWO_DAYS, TWO_DAYS + '\nafter = { days = 2, source = "plan7" }', "window.after"),
    ("incubation_max = { days = 14", "incubation_max = { days = 1", "window.incubation_min"),
    ("generations_forward = { count = 2", "generations_forward = { count = 0", "trace.generations_forward"),
    ("generations_backward = { count = 1", "generations_backward = { count = 1001", "trace.generations_backward.count"),
    ("cumulative = false", "cumulative = 0", "places.default.cumulative"),
    ('person_class = "general_contact"', 'person_class = "index"', "places.default.person_class"),
    ("[places.household]", "[places.castle]", "places.castle"),
    (
        "[places.warehouse]",
        '[places.warehouse]\nclose_after = { hours = 1, source = "county" }',
        "places.warehouse.close_after",
    ),
    ('kind = "isolation"', 'kind = "prison"', "measures.person.index[0].kind"),
    ('counted_from = "last_exposure"', 'counted_from = "birth"', "measures.person.close_contact[0].counted_from"),
    ("days = [1, 4, 7, 14]", "days = [1, 4, 4, 14]", "measures.person.close_contact[0].tests.days"),
    ("days = [1, 4, 7, 14]", "days = [0, 4]", "measures.person.close_contact[0].tests.days"),
    ("days = [1, 4, 7, 14]", "days = []", "measures.person.close_contact[0].tests.days"),
    ("days = [1, 4, 7, 14]", "days = 1", "measures.person.close_contact[0].tests.days"),
    ('when = "pieces_out"', 'when = "raining"', "measures.goods.index[1].when"),
    ("[[measures.person.general_contact]]", "[[measures.person.passer_by]]", "measures.person.passer_by"),
    ("[[measures.aftercare]]", "[[measures.afterwards]]", "measures.afterwards"),
    ("isolation = [", "prison = [", "tasks.prison"),
    ("[tasks]", "[tasks]\nhome = []", "tasks.home"),
    ('responsible = "regulator"', 'responsible = "nobody"', "tasks.isolation[0].responsible"),
    ("extension = { days = 1", "extension = { days = 0", "release.extension"),
    ('plan7 = { standing = "cited"', 'plan7 = { standing = "rumour"', "sources.plan7.standing"),
    ("[sources]", '[sources]\nspare = { standing = "cited", text = "a book" }', "sources.spare"),
    ("[goods]", "[wares]", "places.default.object_class"),
]


@pytest.mark.parametrize(("old", "new", "key"), FAULTS, ids=[f"{key}-{at}" for at, (_, _, key) in enumerate(FAULTS)])
def test_a_fault_is_named_by_its_key(old: str, new: str, key: str) -> None:
    with pytest.raises(ProfileError) as caught:
        load_profile(changed(old, new))
    assert caught.value.key == key
    assert str(caught.value).startswith(f"{key}: ")


def test_tables_must_be_tables_and_lists_must_hold_some() -> None:
    with pytest.raises(ProfileError, match=r"tasks\.isolation: must be a list of tables"):
        load_profile(MERS.replace("[tasks]", "[tasks]\nisolation = []\n[spare]", 1))
    with pytest.raises(ProfileError, match=r"^profile: must be a table"):
        Table(None, "", Citations(frozenset()))


def test_a_profile_may_have_no_aftercare() -> None:
    assert load_profile(MERS).aftercare == ()


def test_a_profile_without_sources_cannot_cite() -> None:
    with pytest.raises(ProfileError) as caught:
        load_profile(MERS.replace("[sources]", "[wells]", 1))
    assert caught.value.key == "fever.source"


def test_an_unknown_edition() -> None:
    with pytest.raises(KeyError):
        load_builtin("plague-1348")
