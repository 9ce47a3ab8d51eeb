"""60 real five-sample pools (tganzneu/LSTC_TaqMan_PoolingStudy): calls by rule from the pooled Ct, dropouts named.

The study tells no internal control: it is taken as working, since every pool was made around a known positive.
"""

import csv
import os
from pathlib import Path

import pytest

from lianfang.rules.assay import AssayFacts, AssayOutcome, Call, TargetReading, TargetResult, call_specimen
from lianfang.rules.profile import load_builtin
from lianfang.rules.verdict import Verdict

DATA = Path(os.environ.get("LIANFANG_DATA", Path(__file__).parents[3] / "shared" / "data")) / "lab"
FILES = [DATA / "tf_asymp_R.csv", DATA / "tf_symp_R.csv"]
COLUMNS = {"ORF1ab": "ORF1ab", "N": "N gene", "S": "S gene"}
WORKING = TargetReading("MS2", 26_000)


def pools() -> list[dict[str, str]]:
    if not all(path.exists() for path in FILES):
        pytest.skip(f"not run: {DATA} is not there (set LIANFANG_DATA)")
    return [row for path in FILES for row in csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())]


def called(row: dict[str, str], kind: str) -> Verdict[AssayOutcome]:
    cts = {name: row[f"{column}_{kind}"] for name, column in COLUMNS.items()}
    readings = (*(TargetReading(name, round(float(ct) * 1000) if ct else None) for name, ct in cts.items()), WORKING)
    return call_specimen(AssayFacts("triple-target", readings), load_builtin("covid19-2020-12"))


def test_pooled_ct_are_called_by_rule_and_dropouts_named() -> None:
    rows = pools()
    outcomes = {row["Sample ID"]: called(row, "1:5").outcome for row in rows}
    assert len(outcomes) == len(rows) == 60
    not_positive = {name: each.call for name, each in outcomes.items() if each.call is not Call.POSITIVE}
    # one target of three, both pooled and alone: repeated, never called positive or negative at once
    assert not_positive == {"A73877": Call.REPEAT}
    dropouts = {
        name: [call.target for call in each.targets if call.result is TargetResult.NEGATIVE]
        for name, each in outcomes.items()
        if any(call.result is TargetResult.NEGATIVE for call in each.targets)
    }
    assert dropouts.pop("A73877") == ["N", "S"]
    in_s_alone = "A132502 A281407 S52262 S82645 S144262 S191093 S210309 S231180 S253433 S303893"
    assert dropouts == {name: ["S"] for name in in_s_alone.split()}


def test_what_pooling_lost_against_the_single_sample() -> None:
    lost = [
        (row["Sample ID"], pooled.target)
        for row in pools()
        for pooled, single in zip(called(row, "1:5").outcome.targets, called(row, "Decon").outcome.targets, strict=True)
        if single.result is TargetResult.POSITIVE and pooled.result is TargetResult.NEGATIVE
    ]
    # the calls stay the same: each of these pools keeps two other targets
    assert lost == [("S52262", "S"), ("S82645", "S")]
