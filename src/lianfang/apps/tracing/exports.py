"""The table of exposures as a spreadsheet, written row by row so that its size costs no memory."""

import io
from collections.abc import Iterator, Sequence
from datetime import datetime

import xlsxwriter
from django.utils.timezone import localtime
from django.utils.translation import gettext

from lianfang.apps.core.signs import sign_for
from lianfang.apps.tracing.selectors.affected import RowFilter, rows_of
from lianfang.apps.tracing.selectors.reading import Occasion, persons_among
from lianfang.apps.tracing.selectors.rows import MeasureLine, Row, all_rows

Cell = str | int | float | datetime
_SECONDS_A_HOUR = 3600
_WIDTHS = (18, 22, 20, 24, 12, 8, 16, 16, 12, 24, 40, 20, 20, 24, 16, 8, 60)


def exposures_workbook(occasion: Occasion, wanted: RowFilter) -> tuple[io.BytesIO, list[int]]:
    """Return an .xlsx of a filter's rows in its order, open at its beginning, and the persons that it names.

    Texts are written as texts, never as formulas. No identity number and no phone is among them.
    """
    file = io.BytesIO()
    cards = []
    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm", "strings_to_urls": False}
    with xlsxwriter.Workbook(file, {**options, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(gettext("Exposures"))
        sheet.freeze_panes(1, 0)
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width)
        sheet.write_row(0, 0, _heads(), book.add_format({"bold": True}))
        last = 0
        for last, row in enumerate(all_rows(rows_of(occasion, wanted), occasion), 1):
            cards.append(row.subject)
            sheet.write_row(last, 0, _cells(row))
        sheet.autofilter(0, 0, last, len(_WIDTHS) - 1)
        sheet.write_row(last + 2, 0, list(_origin(occasion)))
    file.seek(0)
    return file, persons_among(cards)


def _heads() -> Sequence[str]:
    return [
        gettext("Class"),
        gettext("Code"),
        gettext("Subject"),
        gettext("Area"),
        gettext("Direction"),
        gettext("Generation"),
        gettext("First exposure"),
        gettext("Last exposure"),
        gettext("Hours together"),
        gettext("Place of first exposure"),
        gettext("Measures"),
        gettext("Response"),
        gettext("Next task"),
        gettext("Responsible"),
        gettext("Due"),
        gettext("Late tasks"),
        gettext("Reasons"),
    ]


def _cells(row: Row) -> Sequence[Cell]:
    task = row.task
    return [
        str(sign_for("class", row.cls).word),
        row.subject.code,
        row.subject.label,
        row.area,
        str(sign_for("direction", row.direction).word),
        row.generation,
        _wall(row.first_at),
        _wall(row.last_at),
        round(row.seconds / _SECONDS_A_HOUR, 2),
        row.place.name if row.place else "",
        "; ".join(_measure(line) for line in row.measures),
        str(sign_for("control", row.state).word) if row.state else "",
        str(sign_for("task_kind", task.kind).word) if task else "",
        (task.organisation or str(sign_for("responsible", task.responsible_kind).word)) if task else "",
        _wall(task.due_at) if task else "",
        task.n_late if task else 0,
        "; ".join(f"{reason.code} {reason.text}" for reason in row.reasons),
    ]


def _measure(line: MeasureLine) -> str:
    word = str(sign_for("measure", line.kind).word)
    if line.ended_at is not None:
        return f"{word} ({sign_for('measure_end', line.end).word} {_wall(line.ended_at):%Y-%m-%d})"
    return (
        word
        if line.ends_at is None
        else gettext("%(measure)s until %(day)s")
        % {
            "measure": word,
            "day": _wall(line.ends_at).strftime("%Y-%m-%d"),
        }
    )


def _origin(occasion: Occasion) -> Iterator[str]:
    yield gettext("Investigation %(number)s") % {"number": occasion.investigation.number}
    yield gettext("Run %(n)s") % {"n": occasion.run.ordinal}
    yield gettext("As of %(at)s") % {"at": f"{_wall(occasion.at):%Y-%m-%d %H:%M}"}
    yield occasion.run.edition


def _wall(at: datetime) -> datetime:
    """Return an instant as the county's clock shows it: spreadsheets know no zones."""
    return localtime(at).replace(tzinfo=None)
