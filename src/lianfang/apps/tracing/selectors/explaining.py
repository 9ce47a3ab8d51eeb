"""Stored verdicts in words: reasons, the facts used, the sources of the numbers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext

from lianfang.apps.core.language import spoken
from lianfang.apps.core.models import ProfileEdition
from lianfang.apps.core.models import Verdict as StoredVerdict
from lianfang.apps.core.profiles import parsed
from lianfang.apps.core.signs import sign_for
from lianfang.rules import reasons as rules
from lianfang.rules.verdict import Reason

Text = str | Promise


@dataclass(frozen=True, slots=True)
class ReasonText:
    """One decision-table row that applied, in the reader's language."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact a verdict used."""

    label: Text
    value: Text


@dataclass(frozen=True, slots=True)
class Explained:
    """A verdict as a page shows it; `sources`: where the numbers of its places come from, in the profile's words."""

    reasons: Sequence[ReasonText]
    facts: Sequence[Fact]
    edition: str
    sources: Sequence[str]


def reasons_of(stored: Iterable[Mapping[str, Any]]) -> list[ReasonText]:
    """Return stored reasons as sentences, the strictest first."""
    language = spoken()
    return [ReasonText(item["code"], rules.explain(Reason(item["code"], item["params"]), language)) for item in stored]


def explained(verdict: StoredVerdict) -> Explained:
    """Return a contact verdict in words."""
    facts: Mapping[str, Any] = verdict.facts
    kinds = sorted({place["place_kind"] for place in facts["places"]})
    return Explained(
        reasons_of(verdict.reasons), [*_places(facts), *_rest(facts)], verdict.edition, _sources(verdict.edition, kinds)
    )


def _places(facts: Mapping[str, Any]) -> list[Fact]:
    language = spoken()
    found = []
    for place in facts["places"]:
        words = [
            rules.duration(place["seconds"], language),
            gettext("with: %(kind)s, %(cls)s")
            % {
                "kind": sign_for("subject", place["source_kind"]).word,
                "cls": sign_for("class", place["source_class"]).word,
            },
        ]
        words += [gettext("lingering only")] if place["lingering_only"] else []
        words += [gettext("protected throughout")] if place["protected"] else []
        found.append(Fact(sign_for("place", place["place_kind"]).word, " · ".join(words)))
    return found


def _rest(facts: Mapping[str, Any]) -> list[Fact]:
    found = []
    if facts["via_link"]:
        classes = [str(sign_for("class", each).word) for each in facts["link_source_classes"]]
        found.append(Fact(gettext("Link of goods"), ", ".join(classes) or gettext("to the index")))
    found.append(Fact(gettext("Direction"), sign_for("direction", facts["direction"]).word))
    found.append(Fact(gettext("Generation"), str(facts["generation"])))
    return found


def _sources(edition: str, place_kinds: Sequence[str]) -> list[str]:
    text = ProfileEdition.objects.filter(edition=edition).values_list("toml", flat=True).first()
    if text is None:
        return []
    profile, language = parsed(text), spoken()
    keys = [f"places.{kind}" if f"places.{kind}" in profile.citations else "places.default" for kind in place_kinds]
    keys = keys or ["goods.persists"]
    found = {profile.source_of(key).said(language): None for key in keys if key in profile.citations}
    return list(found)
