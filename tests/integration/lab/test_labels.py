"""Labels for tubes from their page: new numbers once each, known codes again, and what is refused."""

import pypdfium2
import pytest
import zxingcpp

from lianfang.apps.core.models import Role
from tests.support.staff import signed_in, staff

pytestmark = pytest.mark.django_db


def codes_in(pdf: bytes) -> list[str]:
    found = []
    for page in pypdfium2.PdfDocument(pdf):
        picture = page.render(scale=300 / 72).to_pil()
        found += [each.text for each in zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.Code128)]
    return found


def test_new_labels_are_read_back_and_no_number_comes_twice() -> None:
    client = signed_in(staff(Role.COMMUNITY))
    first = codes_in(client.post("/tube-labels/", {"n": 4, "printed_on": "sheet"}).content)
    second = codes_in(client.post("/tube-labels/", {"n": 2, "printed_on": "roll"}).content)
    assert len(set(first) | set(second)) == 6
    assert all(code.startswith("140826") and len(code) == 15 for code in first)
    again = client.post("/tube-labels/", {"codes": f"{first[0]}\nLF-12\n{first[0]}", "printed_on": "roll"})
    assert codes_in(again.content) == [first[0], "LF-12"]
    assert b"^XA" in client.post("/tube-labels/", {"n": 1, "printed_on": "zpl"}).content
    for wrong in (
        {"printed_on": "roll"},
        {"n": 1, "codes": "A", "printed_on": "roll"},
        {"codes": "管号", "printed_on": "roll"},
        {"n": 0},
    ):
        assert client.post("/tube-labels/", wrong).status_code == 422
    assert signed_in(staff(Role.AUDITOR)).get("/tube-labels/").status_code == 403
