"""What is said about a file that is refused, wholly or by rows: stable codes of the readers -> sentences."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lianfang.formats.instruments import InstrumentError, Task
from lianfang.formats.instruments.plates import Mismatch, MismatchKind

FILES: Final[Mapping[str, Promise]] = {
    "column_twice": _("The column %(column)s stands there twice."),
    "eds_not_analysed": _("The experiment was not analysed yet: analyse it on the instrument and save it again."),
    "empty_file": _("The file is empty."),
    "no_column": _("The column %(column)s is missing."),
    "no_header": _("No header of a table of wells was found."),
    "no_table": _("No table with wells and Ct was found: is it the instrument's file of results?"),
    "no_target_column": _("The table does not say which target a Ct is of."),
    "no_wells": _("The table has no wells."),
    "not_rdml": _("This is not RDML: it begins with %(root)s."),
    "not_text": _("This is neither a text nor a workbook nor an archive that an instrument writes."),
    "rdml_documents": _("The archive holds %(found)s documents, not one."),
    "rdml_version": _("RDML of version %(version)s is not known."),
    "several_plates": _("The file has several plates: export one plate at a time."),
    "several_tables": _("The file has %(found)s tables of results: which one counts?"),
    "too_large": _("The file is too large."),
    "unreadable": _("The file is damaged: %(why)s"),
}
ROWS: Final[Mapping[str, Promise]] = {
    "bad_ct": _("not a Ct: %(value)s"),
    "bad_flag": _("neither yes nor no: %(value)s"),
    "bad_position": _("not a well: %(value)s"),
    "bad_quality": _("not a confidence: %(value)s"),
    "ct_in_empty_well": _("a Ct in a well that is said to be empty"),
    "ct_out_of_range": _("a Ct that cannot be: %(value)s"),
    "empty_well": _("an empty well"),
    "no_plate_format": _("the plate's columns are not known: %(value)s"),
    "no_reading": _("no reading of %(sample)s"),
    "no_sample": _("no sample is named"),
    "no_target": _("no target is named"),
    "omitted": _("left out on the instrument"),
    "unknown_target": _("the kit has no target %(target)s"),
    "unknown_task": _("a task that nobody knows: %(value)s"),
    "well_twice": _("this well and target stand in line %(earlier)s already"),
}
MISMATCHES: Final[Mapping[MismatchKind, Promise]] = {
    MismatchKind.OTHER_SAMPLE: _("the file says “%(in_file)s”, on the plate is “%(on_plate)s”"),
    MismatchKind.OTHER_TASK: _("the file calls it %(in_file)s, which is not what the plate has there"),
    MismatchKind.NOT_ON_PLATE: _("the file says “%(in_file)s”, on the plate this well is empty"),
    MismatchKind.NOT_IN_FILE: _("the file says nothing about this well"),
}
TASKS: Final[Mapping[str, Promise]] = {
    Task.UNKNOWN: _("a sample"),
    Task.NEGATIVE_CONTROL: _("a negative control"),
    Task.POSITIVE_CONTROL: _("a positive control"),
    Task.STANDARD: _("a standard"),
    Task.EMPTY: _("an empty well"),
}


def said_of_file(error: InstrumentError) -> str:
    """Return why a file is not understood, with the line to blame."""
    why = str(FILES.get(error.code, error.code)) % error.params
    return _("Line %(line)s: %(why)s") % {"line": error.line, "why": why} if error.line else why


def said_of_row(code: str, params: Mapping[str, object]) -> str:
    """Return why a row was not taken; a reader's word that is new here is shown as it is."""
    try:
        return str(ROWS[code]) % params
    except KeyError:
        return code


def said_of_well(mismatch: Mismatch) -> str:
    """Return how a well differs."""
    in_file = TASKS[mismatch.in_file] if mismatch.kind is MismatchKind.OTHER_TASK else mismatch.in_file
    return str(MISMATCHES[mismatch.kind]) % {"in_file": in_file, "on_plate": mismatch.on_plate or "–"}
