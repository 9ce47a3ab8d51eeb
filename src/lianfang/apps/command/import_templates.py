"""An empty workbook for each kind of table that can be imported: columns in the reader's words, and what they take."""

import io

import xlsxwriter
from django.utils.translation import gettext

from lianfang.apps.command.import_fields import KINDS, field_word
from lianfang.formats.fields import SPECS, Field, FieldType

_ROWS = 5_000
_DATES = {FieldType.DATE: "yyyy-mm-dd", FieldType.INSTANT: "yyyy-mm-dd hh:mm"}


def template_workbook(kind: str) -> io.BytesIO:
    """Return a workbook with the columns of a kind of table, and a second sheet that explains them.

    The header names are ones that the import recognises. Codes and numbers are text, so that no zero is lost; choices
    are offered in a list.
    """
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        head = {True: book.add_format({"bold": True, "bg_color": "#fde2e2"}), False: book.add_format({"bold": True})}
        text = book.add_format({"num_format": "@"})
        sheet = book.add_worksheet(str(KINDS[kind])[:31].replace(":", " ").replace("：", " "))
        sheet.freeze_panes(1, 0)
        for place, each in enumerate(SPECS[kind].fields):
            sheet.write_string(0, place, header_name(each), head[each.required])
            form = _DATES.get(each.type)
            sheet.set_column(place, place, 18, book.add_format({"num_format": form}) if form else text)
            if words := _offered(each):
                sheet.data_validation(1, place, _ROWS, place, {"validate": "list", "source": words})
        _explain(book.add_worksheet(gettext("Explanations")), kind)
    file.seek(0)
    return file


def header_name(each: Field) -> str:
    """Return the column's name in the language of the county, which the import recognises."""
    return next((alias for alias in each.aliases if not alias.isascii()), each.name)


def _offered(each: Field) -> list[str]:
    """Return one word for each choice, the county's language before others."""
    words: dict[str, str] = {}
    for word, meant in each.choices.items():
        if meant not in words or (words[meant].isascii() and not word.isascii()):
            words[meant] = word
    return list(words.values())


def _explain(sheet: "xlsxwriter.worksheet.Worksheet", kind: str) -> None:
    sheet.set_column(0, 2, 30)
    heads = [gettext("Column"), gettext("What it says"), gettext("Required"), gettext("Choices")]
    sheet.write_row(0, 0, heads)
    for row, each in enumerate(SPECS[kind].fields, 1):
        needed = gettext("yes") if each.required else ""
        sheet.write_row(
            row, 0, [header_name(each), str(field_word(kind, each.name)), needed, ", ".join(_offered(each))]
        )
