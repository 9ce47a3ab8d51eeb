"""Plates and files beside them: the order of filling, controls among the specimens, every difference named."""

from collections.abc import Mapping

from lianfang.formats.instruments import InstrumentRun, RefusedWell, RunFormat, Task, WellReading
from lianfang.formats.instruments.plates import Expected, MismatchKind, PlateSize, match_plate, positions, spread

TARGETS = {"n": "N", "rnasep": "RNase P"}
PLATE = {"A01": Expected("T1"), "B01": Expected("", (Task.NEGATIVE_CONTROL,))}


def row(line: int, position: str, sample: str, target: str = "N", task: Task = Task.UNKNOWN) -> WellReading:
    return WellReading(line, position, sample, target, "FAM", 30_000, task)


NTC = row(9, "B01", "", task=Task.NEGATIVE_CONTROL)


def differences(*rows: WellReading, plate: Mapping[str, Expected] = PLATE) -> list[tuple[int, str, MismatchKind]]:
    run = InstrumentRun(RunFormat.CFX, {}, rows, (), len(rows))
    return [(each.line, each.position, each.kind) for each in match_plate(run, plate, TARGETS).mismatches]


def test_plates_are_filled_down_the_columns() -> None:
    assert positions(PlateSize.SMALL)[:9] == ["A01", "B01", "C01", "D01", "E01", "F01", "G01", "H01", "A02"]
    assert positions(PlateSize.LARGE)[-1] == "P24"
    assert len(set(spread(PlateSize.SMALL, 4))) == 4


def test_a_file_of_the_plate_fits_whatever_the_case_of_names() -> None:
    assert differences(row(1, "A01", " t1 "), NTC) == []


def test_every_difference_is_named() -> None:
    assert differences(row(1, "A01", "T2"), NTC) == [(1, "A01", MismatchKind.OTHER_SAMPLE)]
    assert differences(row(1, "A01", "T1", task=Task.STANDARD), NTC) == [(1, "A01", MismatchKind.OTHER_TASK)]
    assert differences(row(1, "A01", "T1"), row(2, "B01", "T1", task=Task.NEGATIVE_CONTROL)) == [
        (2, "B01", MismatchKind.OTHER_SAMPLE)  # a control well that is called by a tube of the plate
    ]
    assert differences(row(1, "C07", "T1"), NTC) == [
        (1, "C07", MismatchKind.NOT_ON_PLATE),
        (0, "A01", MismatchKind.NOT_IN_FILE),
    ]


def test_rows_without_a_reading_are_left_out_with_a_reason() -> None:
    empty = WellReading(3, "H12", "", "", "", None, Task.EMPTY)
    rows = (row(1, "A01", "T1"), row(2, "A01", "T1", "ROX"), empty, NTC)
    run = InstrumentRun(RunFormat.CFX, {}, rows, (RefusedWell(5, "B1", "bad_ct"),), 5)
    matched = match_plate(run, PLATE, TARGETS)
    assert [(each.line, each.code) for each in matched.refused] == [
        (5, "bad_ct"),
        (2, "unknown_target"),
        (3, "empty_well"),
    ]
    assert {position: len(found) for position, found in matched.readings.items()} == {"A01": 1, "B01": 1}


def test_a_well_whose_only_row_was_refused_is_in_the_file() -> None:
    run = InstrumentRun(
        RunFormat.CFX, {}, (NTC,), (RefusedWell(5, "a1", "bad_ct"), RefusedWell(6, "??", "bad_position")), 3
    )
    assert match_plate(run, PLATE, TARGETS).mismatches == ()
