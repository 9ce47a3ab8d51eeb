"""Labels for lots and parts: a QR code with a readable code beside it, as PDF pages or as ZPL for label printers."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import segno
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

# One of the fonts every PDF reader brings along for Chinese: nothing is embedded, and Latin text looks as usual.
_FONT = "STSong-Light"
_MARGIN_MM = 3
_QUIET_MODULES = 4
_ZPL_DOTS_PER_MM = 8  # 203 dpi


class LabelSize(StrEnum):
    """Width x height in millimetres."""

    LARGE = "70x50"
    SMALL = "50x30"

    @property
    def millimetres(self) -> tuple[int, int]:
        """Width and height."""
        width, height = self.value.split("x")
        return int(width), int(height)


@dataclass(frozen=True, slots=True)
class Label:
    """What stands on one label: the address in the QR code, the code to read aloud, and lines beside it."""

    address: str
    code: str
    lines: tuple[str, ...]


def label_pdf(labels: Sequence[Label], size: LabelSize) -> bytes:
    """Return a PDF with one label a page; the QR code has its quiet zone and error correction M."""
    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    width, height = size.millimetres
    content = io.BytesIO()
    canvas = Canvas(content, pagesize=(width * mm, height * mm), invariant=True)
    for label in labels:
        _draw(canvas, label, (width, height))
        canvas.showPage()
    canvas.save()
    return content.getvalue()


def _draw(canvas: Canvas, label: Label, size: tuple[int, int]) -> None:
    width, height = size
    is_large = height >= 50
    code_mm, text_mm = (4.2, 3.2) if is_large else (3.0, 2.4)
    matrix = tuple(segno.make_qr(label.address, error="m").matrix)
    side = height - _MARGIN_MM - code_mm * 1.6
    module = side / (len(matrix) + 2 * _QUIET_MODULES)
    top = height - _MARGIN_MM / 2
    for row, modules in enumerate(matrix):
        for column, dark in enumerate(modules):
            if dark:
                x = (column + _QUIET_MODULES) * module
                y = top - (row + 1 + _QUIET_MODULES) * module
                canvas.rect(x * mm, y * mm, module * mm, module * mm, stroke=0, fill=1)
    canvas.setFont("Helvetica", code_mm * mm * 0.8)
    canvas.drawCentredString(width / 2 * mm, _MARGIN_MM / 2 * mm, _spaced(label.code))
    left, y = side, top - text_mm * 1.6
    canvas.setFont(_FONT, text_mm * mm)
    for line in label.lines:
        for part in _wrapped(line, (width - left - 1) * mm, text_mm * mm):
            if y > _MARGIN_MM + code_mm:
                canvas.drawString(left * mm, y * mm, part)
            y -= text_mm * 1.3


def _spaced(code: str) -> str:
    """Digits in groups of four are read without losing one's place."""
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4)) if code.isdigit() else code


def _wrapped(text: str, width: float, size: float) -> list[str]:
    """Break a line where it no longer fits; Chinese has no blanks to break at, and a code is read across the break."""
    parts = [""]
    for character in text:
        if pdfmetrics.stringWidth(parts[-1] + character, _FONT, size) > width:
            parts.append("")
        parts[-1] += character
    return [part.strip() for part in parts]


def label_zpl(labels: Sequence[Label], size: LabelSize) -> str:
    """Return the labels for a ZPL printer at 203 dpi; text is UTF-8 and needs a font with Chinese in the printer."""
    width, height = (each * _ZPL_DOTS_PER_MM for each in size.millimetres)
    magnification = 6 if size is LabelSize.LARGE else 3
    parts = []
    for label in labels:
        rows = "".join(
            f"^FO{width * 6 // 10},{24 + number * 34}^A0N,26,26^FD{_plain(line)}^FS"
            for number, line in enumerate(label.lines)
        )
        parts.append(
            f"^XA^CI28^PW{width}^LL{height}^FO16,16^BQN,2,{magnification}^FDMA,{_plain(label.address)}^FS"
            f"{rows}^FO16,{height - 36}^A0N,30,30^FD{_plain(label.code)}^FS^XZ"
        )
    return "\n".join(parts) + "\n"


def _plain(text: str) -> str:
    """Text without the characters that begin a ZPL command."""
    return text.replace("^", " ").replace("~", " ").replace("\n", " ")
