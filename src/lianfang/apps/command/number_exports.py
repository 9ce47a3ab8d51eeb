"""The numbers and their rows as spreadsheets: texts are written as texts, never as formulas."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import xlsxwriter
from django.utils.timezone import localtime
from django.utils.translation import gettext

from lianfang.apps.command.selectors.numbers import FIGURES, Origin, Overview
from lianfang.apps.core.signs import sign_for

_SAFE = {"strings_to_urls": False, "strings_to_formulas": False, "default_date_format": "yyyy-mm-dd hh:mm"}
Cell = str | int | date | datetime | None
Sheet = tuple[str, Sequence[str], Sequence[Sequence[Cell]]]


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One row behind a figure as it is shown: the name masked, no number and no phone.

    listed_row: the row of a list it is about; `code` is "" where nobody registered is that person.
    """

    code: str
    name: str
    area: str
    path: str
    kind: str
    category: str
    since: datetime | None
    until: datetime | None
    expected_on: date | None
    listed_row: int | None = None

    @property
    def kind_sign(self) -> str:
        """The kind of sign its `kind` is."""
        return "" if not self.kind else "task_kind" if self.since is None else "measure"


def overview_workbook(table: Overview, origins: Sequence[Origin], at: datetime) -> io.BytesIO:
    """Return the table of an area and its origins as .xlsx, open at its beginning."""
    heads = [gettext("Code"), gettext("Area"), *(str(each.label) for each in FIGURES)]
    lines: list[list[Cell]] = [[line.area_code, line.name, *line.counts] for line in table.lines]
    lines.append([table.total.area_code, gettext("Sum"), *table.total.counts])
    second: list[list[Cell]] = [[row.code, row.name or gettext("unknown"), row.n] for row in origins]
    sheets: list[Sheet] = [
        (gettext("Numbers"), heads, lines),
        (gettext("Origin"), [gettext("Code"), gettext("Province"), gettext("Returnees")], second),
    ]
    return _workbook(sheets, at)


def rows_workbook(title: str, rows: Sequence[ShownRow], at: datetime) -> io.BytesIO:
    """Return the rows behind a figure as .xlsx, open at its beginning."""
    heads = [gettext("Code"), gettext("Name"), gettext("Area"), gettext("What")]
    heads += [gettext("Category"), gettext("Since"), gettext("Until"), gettext("Expected on")]
    lines: list[list[Cell]] = [
        [
            row.code,
            row.name,
            row.path,
            str(sign_for(row.kind_sign, row.kind).word) if row.kind else "",
            str(sign_for("return_category", row.category).word) if row.category else "",
            _wall(row.since),
            _wall(row.until),
            row.expected_on.isoformat() if row.expected_on else "",
        ]
        for row in rows
    ]
    return _workbook([(title, heads, lines)], at)


def _workbook(sheets: Sequence[Sheet], at: datetime) -> io.BytesIO:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {**_SAFE, "in_memory": True}) as book:
        bold = book.add_format({"bold": True})
        for title, heads, lines in sheets:
            sheet = book.add_worksheet(title[:31])
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(heads), 16)
            sheet.write_row(0, 0, heads, bold)
            for number, line in enumerate(lines, 1):
                sheet.write_row(number, 0, line)
            said = gettext("As of %(at)s") % {"at": f"{localtime(at):%Y-%m-%d %H:%M}"}
            sheet.write_string(len(lines) + 2, 0, said)
    file.seek(0)
    return file


def _wall(at: datetime | None) -> datetime | str:
    """Return an instant as the county's clock shows it: spreadsheets know no zones."""
    return localtime(at).replace(tzinfo=None) if at else ""
