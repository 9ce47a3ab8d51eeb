"""Which of the rules' two languages the reader's page is in."""

from django.utils.translation import get_language

from lianfang.rules.vocabulary import Language


def spoken() -> Language:
    """Return the language in which the rules' sentences are to be said now."""
    return "zh" if (get_language() or "").startswith("zh") else "en"
