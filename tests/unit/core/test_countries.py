"""Countries by name, in the language of the page."""

import pytest
from django.utils.translation import override

from lianfang.apps.core.templatetags.countries import country


@pytest.mark.parametrize(
    ("code", "language", "name"),
    [
        ("EC", "zh-hans", "厄瓜多尔"),
        ("ec", "en", "Ecuador"),
        ("厄瓜多尔", "en", "厄瓜多尔"),
        ("QQ", "en", "QQ"),
        ("", "en", ""),
    ],
)
def test_a_code_becomes_a_name(code: str, language: str, name: str) -> None:
    with override(language):
        assert country(code) == name
