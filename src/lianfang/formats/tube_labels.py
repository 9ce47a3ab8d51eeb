"""Labels for tubes: Code 128 with the code below it, on sheets or a roll as PDF, or as ZPL for label printers."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

_QUIET_MODULES = 10  # ISO/IEC 15417
_FINEST_MM, _WIDEST_MM = 0.19, 0.33  # a narrower bar is not printed reliably at 300 dpi; a wider one is no use
_ZPL_DOTS_PER_MM = 8  # 203 dpi


class TubeLabelError(ValueError):
    """A code that no barcode of this size can hold."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(f"cannot be printed on this label: {code}")


class Media(StrEnum):
    """What the labels are printed on."""

    SHEET = "sheet"  # A4, 4 x 12 labels of 48.5 x 25.4 mm, self-adhesive
    ROLL = "roll"  # one label of 50 x 25 mm a page


@dataclass(frozen=True, slots=True)
class _Grid:
    page: tuple[float, float]
    label: tuple[float, float]
    columns: int
    rows: int

    @property
    def margins(self) -> tuple[float, float]:
        width, height = (
            size - n * each for size, each, n in zip(self.page, self.label, (self.columns, self.rows), strict=True)
        )
        return width / 2, height / 2


_GRIDS = {
    Media.SHEET: _Grid((210, 297), (48.5, 24.0), 4, 12),
    Media.ROLL: _Grid((50, 25), (50, 25), 1, 1),
}


def tube_pdf(codes: Sequence[str], media: Media, note: str = "") -> bytes:
    """Return the labels in order, row by row. `note`: a few Latin letters or digits under the code. Raises TubeLabelError."""
    grid = _GRIDS[media]
    content = io.BytesIO()
    canvas = Canvas(content, pagesize=(grid.page[0] * mm, grid.page[1] * mm), invariant=True)
    per_page = grid.columns * grid.rows
    for number, code in enumerate(codes):
        place = number % per_page
        if number and not place:
            canvas.showPage()
        row, column = divmod(place, grid.columns)
        left = grid.margins[0] + column * grid.label[0]
        bottom = grid.page[1] - grid.margins[1] - (row + 1) * grid.label[1]
        _draw(canvas, code, note, (left, bottom), grid.label)
    canvas.showPage()
    canvas.save()
    return content.getvalue()


def _draw(canvas: Canvas, code: str, note: str, corner: tuple[float, float], size: tuple[float, float]) -> None:
    (left, bottom), (width, height) = corner, size
    bars = _bars(code, width)
    bars.drawOn(canvas, left * mm + (width * mm - bars.width) / 2, (bottom + height - 16) * mm)
    canvas.setFont("Helvetica", 9 if len(code) <= 20 else 7)
    canvas.drawCentredString((left + width / 2) * mm, (bottom + height - 19.5) * mm, _grouped(code))
    if note:
        canvas.setFont("Helvetica", 6)
        canvas.drawCentredString((left + width / 2) * mm, (bottom + height - 22.5) * mm, note)


def _bars(code: str, width_mm: float) -> Code128:
    if not code.isascii() or not code.isprintable() or not code.strip():
        raise TubeLabelError(code)
    modules = Code128(code, barWidth=1, quiet=False).width + 2 * _QUIET_MODULES
    module_mm = min((width_mm - 2) / modules, _WIDEST_MM)
    if module_mm < _FINEST_MM:
        raise TubeLabelError(code)
    return Code128(code, barWidth=module_mm * mm, barHeight=13 * mm, quiet=False)


def _grouped(code: str) -> str:
    """Digits in groups of four are read without losing one's place."""
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4)) if code.isdigit() else code


def tube_zpl(codes: Sequence[str], note: str = "") -> str:
    """Return the labels for a ZPL printer at 203 dpi, 50 x 25 mm. Raises TubeLabelError."""
    width, height = (round(each * _ZPL_DOTS_PER_MM) for each in _GRIDS[Media.ROLL].label)
    parts = []
    for code in codes:
        module = int(_bars(code, _GRIDS[Media.ROLL].label[0]).barWidth / mm * _ZPL_DOTS_PER_MM)
        if any(sign in code for sign in "^~>") or module < 2:  # one dot, 0.125 mm, is not printed reliably
            raise TubeLabelError(code)
        wide = round(Code128(code, barWidth=module, quiet=False).width)
        parts.append(
            f"^XA^CI28^PW{width}^LL{height}^FO{max(0, (width - wide) // 2)},24^BY{module}^BCN,104,N,N,N,A^FD{code}^FS"
            f"^FO0,140^FB{width},1,0,C^A0N,28,28^FD{_grouped(code)}^FS^FO0,172^FB{width},1,0,C^A0N,18,18^FD{note}^FS^XZ"
        )
    return "\n".join(parts) + "\n"


def with_check(digits: str) -> str:
    """The digits with their check digit (Luhn, ISO/IEC 7812): a slip of a typed digit is noticed."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return f"{digits}{-total % 10}"
