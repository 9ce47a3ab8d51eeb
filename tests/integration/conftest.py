"""The cast as it stands before anything happened; a module that begins later makes `kept_case` of its own."""

from copy import deepcopy

import pytest

from tests.support.case import Case
from tests.support.kept import made_once, with_cast

kept_case = made_once(with_cast)


@pytest.fixture
def case(kept_case: Case, db: None) -> Case:
    """One's own copy, whose users a test may change."""
    return deepcopy(kept_case)
