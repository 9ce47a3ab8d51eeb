"""A run's wells for whoever signs: what is to be looked at in full, plain negatives in few words."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from lianfang.apps.core.language import spoken
from lianfang.apps.core.models import Verdict
from lianfang.apps.lab.bench.selectors import ReadWell
from lianfang.apps.lab.bench.templatetags.bench import cycles
from lianfang.apps.lab.models import PoolResult, Result
from lianfang.rules.assay import Call
from lianfang.rules.reasons import explain
from lianfang.rules.verdict import Reason
from lianfang.rules.vocabulary import SpecimenResult

_PLAIN = "AS-6"  # negative at once, with a working internal control


@dataclass(frozen=True, slots=True)
class Line:
    """A well in full: its tube's result, and why it is called as it is."""

    well: ReadWell
    result: Result | PoolResult | None
    reasons: Sequence[tuple[str, str]]
    is_forward: bool


@dataclass(frozen=True, slots=True)
class Plain:
    """A well of which there is nothing to say but that it is negative. `label`: of the box that sets it aside."""

    position: str
    tube: str
    address: str
    cts: str
    label: str
    is_forward: bool


@dataclass(frozen=True, slots=True)
class Wells:
    """All wells of a run. `why_plain`: row and sentence of the plain ones."""

    lines: Sequence[Line]
    plain: Sequence[Plain]
    why_plain: Sequence[tuple[str, str]]


def wells_of(
    wells: Sequence[ReadWell], results: Mapping[ReadWell, Result | PoolResult], forward: Collection[ReadWell]
) -> Wells:
    """Return the wells as they are shown: what is not negative first, then the controls."""
    plain, lines = list[ReadWell](), list[ReadWell]()
    for well in wells:
        (plain if _is_plain(well, results.get(well)) else lines).append(well)
    return Wells(
        [Line(well, results.get(well), _reasons(well), well in forward) for well in sorted(lines, key=_first)],
        [_plain(well, is_forward=well in forward) for well in plain],
        _reasons(plain[0]) if plain else (),
    )


def said(verdict: Verdict) -> list[tuple[str, str]]:
    """Return a stored verdict's reasons: row and sentence."""
    language = spoken()
    reasons = [Reason(each["code"], each["params"]) for each in verdict.reasons]
    return [(reason.code, explain(reason, language)) for reason in reasons]


def _is_plain(well: ReadWell, result: Result | PoolResult | None) -> bool:
    if not hasattr(well, "call") or hasattr(well, "set_aside") or well.call.call != Call.NEGATIVE or result is None:
        return False
    is_usual = result.version == 1 and result.value == SpecimenResult.NEGATIVE
    return is_usual and [each["code"] for each in well.call.verdict.reasons] == [_PLAIN]


def _plain(well: ReadWell, *, is_forward: bool) -> Plain:
    address = reverse("pool" if well.pool_id else "specimen", args=[well.tube])
    cts = " · ".join(f"{target} {cycles(ct)}" for target, ct, _amplified in well.readings)
    label = _("Set %(well)s aside") % {"well": well.position}
    return Plain(well.position, well.tube, address, cts, label, is_forward)


def _first(well: ReadWell) -> tuple[int, str]:
    """What a signer looks at first: all that is not negative, then the controls."""
    is_negative = hasattr(well, "call") and well.call.call == Call.NEGATIVE
    return (2 if is_negative else 1 if well.control else 0), well.position


def _reasons(well: ReadWell) -> list[tuple[str, str]]:
    return said(well.call.verdict) if hasattr(well, "call") else []
