"""A door decides from a snapshot alone: no database, no Django, no network."""

import subprocess
import sys
from dataclasses import replace

import pytest

from lianfang.gate.admission import Carried, Reading, admit, load
from lianfang.rules.gate import Admission
from lianfang.rules.profile import builtin_profiles
from lianfang.rules.vocabulary import Colour
from lianfang.wire import code, snapshot, status
from lianfang.wire.code import DayCode
from lianfang.wire.keys import Algorithm, KeyUse, SigningKey
from lianfang.wire.refusal import Refused

AT = 1_608_393_600
HOUR_S = 3600
ROOT = SigningKey.from_secret(snapshot.ROOT_KID, Algorithm.EDDSA, bytes(range(32)))
CODES = SigningKey.from_secret(b"\x01\x01", Algorithm.EDDSA, bytes(range(1, 33)))
LISTS = SigningKey.from_secret(b"\x02\x01", Algorithm.EDDSA, bytes(range(2, 34)))
HOLDER = SigningKey.from_secret(b"", Algorithm.ES256, bytes(range(3, 35)))
DAY_CODE = DayCode(Colour.GREEN, 5, 0, AT, 1440, b"12345678")
COOL = Reading(tenths_celsius=365)


@pytest.fixture
def carried() -> Carried:
    edition = status.Edition(5, 1, AT, 60, AT + 86_400)
    statuses = {1: status.Status.WITHDRAWN, 2: status.Status.NOW_YELLOW, 3: status.Status.NOW_RED}
    signed = status.sign_list(edition, status.StatusList.of(2, 100, statuses), LISTS)
    keys = (
        CODES.trusted(KeyUse.CODE, AT - 1, AT + 86_400),
        LISTS.trusted(KeyUse.STATUS, AT - 1, AT + 86_400),
    )
    found = snapshot.Snapshot(AT, builtin_profiles()["covid19-2020-12"], keys, (signed,), 0, b"")
    return load(snapshot.sign(found, ROOT), snapshot.root_of(ROOT.public()))


def asked(
    carried: Carried, day_code: DayCode, reading: Reading = COOL, now: int = AT + 60
) -> tuple[Admission, list[str]]:
    verdict = admit(code.issue(day_code, CODES), carried, reading, now)
    return verdict.outcome, [reason.code for reason in verdict.reasons]


def test_what_became_of_a_code_is_looked_up(carried: Carried) -> None:
    assert asked(carried, DAY_CODE) == (Admission.ADMIT, ["E-15"])
    assert asked(carried, replace(DAY_CODE, index=1)) == (Admission.REFUSE, ["E-3"])
    assert asked(carried, replace(DAY_CODE, index=2)) == (Admission.CHECK, ["E-5"])
    assert asked(carried, replace(DAY_CODE, index=3)) == (Admission.REFUSE, ["E-4"])
    assert asked(carried, replace(DAY_CODE, index=100)) == (Admission.CHECK, ["E-9"])
    assert asked(carried, replace(DAY_CODE, list_id=6)) == (Admission.CHECK, ["E-9"])


def test_an_old_snapshot_never_closes_the_door(carried: Carried) -> None:
    outcomes = [asked(carried, DAY_CODE, now=AT + hours * HOUR_S)[0] for hours in (1, 3, 23)]
    assert outcomes == [Admission.ADMIT, Admission.ADMIT_FLAGGED, Admission.ADMIT_FLAGGED]
    late = replace(DAY_CODE, issued_at=AT + 20 * HOUR_S)
    assert asked(carried, late, now=AT + 30 * HOUR_S) == (Admission.CHECK, ["E-10"])


def test_a_phone_shows_a_code_now(carried: Carried) -> None:
    held = code.issue(replace(DAY_CODE, holder=HOLDER.public()), CODES)
    shown = code.show(held, HOLDER, AT + 60)
    assert admit(shown, carried, COOL, AT + 90).outcome is Admission.ADMIT
    assert admit(shown, carried, COOL, AT + 600).outcome is Admission.CHECK
    assert admit(held, carried, COOL, AT + 90).outcome is Admission.CHECK


def test_a_forged_code_is_refused_and_an_unknown_key_is_looked_at(carried: Carried) -> None:
    forged = SigningKey.made(CODES.kid, Algorithm.EDDSA)
    assert admit(code.issue(DAY_CODE, forged), carried, COOL, AT).outcome is Admission.REFUSE
    newer = SigningKey.made(b"\x01\x02", Algorithm.EDDSA)
    assert admit(code.issue(DAY_CODE, newer), carried, COOL, AT).outcome is Admission.CHECK
    assert admit("https://example.org", carried, COOL, AT).outcome is Admission.REFUSE


def test_the_door_adds_temperature_and_room(carried: Carried) -> None:
    assert asked(carried, DAY_CODE, Reading()) == (Admission.MEASURE, ["E-12"])
    assert asked(carried, DAY_CODE, Reading(tenths_celsius=380)) == (Admission.MEASURE, ["E-13"])
    assert asked(carried, DAY_CODE, replace(COOL, inside=9, cap=9)) == (Admission.WAIT, ["E-17"])


def test_a_snapshot_of_another_root_is_not_carried() -> None:
    other = SigningKey.made(snapshot.ROOT_KID, Algorithm.EDDSA)
    found = snapshot.Snapshot(AT, "", (), (), 0, b"")
    with pytest.raises(Refused):
        load(snapshot.sign(found, other), snapshot.root_of(ROOT.public()))


def test_the_gate_loads_neither_django_nor_polars() -> None:
    script = "import lianfang.gate.admission, sys; print(sorted({'django', 'polars', 'numpy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
