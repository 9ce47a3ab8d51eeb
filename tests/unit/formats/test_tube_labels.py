"""Tube labels: every barcode of a sheet is read back, and what does not fit is refused."""

import pypdfium2
import pytest
import zxingcpp

from lianfang.formats.tube_labels import Media, TubeLabelError, tube_pdf, tube_zpl, with_check

CODES = [with_check(f"140826{number:08d}") for number in range(1, 50)] + ["LF-2020-12/A"]


@pytest.mark.parametrize("media", list(Media))
def test_every_label_of_every_page_is_read_back(media: Media) -> None:
    codes = CODES if media is Media.SHEET else [CODES[0], CODES[-1]]
    found = []
    for page in pypdfium2.PdfDocument(tube_pdf(codes, media, note="2020-12-20")):
        picture = page.render(scale=300 / 72).to_pil()
        found += [each.text for each in zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.Code128)]
    assert sorted(found) == sorted(codes)


def test_zpl_names_each_code_once_in_a_barcode() -> None:
    text = tube_zpl(CODES[:2], note="2020-12-20")
    assert text.count("^XA") == text.count("^XZ") == 2
    assert all(f"^BCN,104,N,N,N,A^FD{code}^FS" in text for code in CODES[:2])


@pytest.mark.parametrize("code", ["", " ", "管号", "A" * 40, "A\nB"])
def test_what_no_label_can_hold_is_refused(code: str) -> None:
    with pytest.raises(TubeLabelError):
        tube_pdf([code], Media.ROLL)
    with pytest.raises(TubeLabelError):
        tube_zpl([code])


def test_a_check_digit_notices_a_slip() -> None:
    assert with_check("7992739871") == "79927398713"
    assert with_check("14082600000001")[-1] != with_check("14082600000002")[-1]
