"""The page "Using the engine as a library" is true: its examples run, in their order, as one program."""

import importlib.util
import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "library.md"


def test_the_examples_of_the_library_page_run() -> None:
    """The pandas example runs where pandas is installed: the program and its development tools do without."""
    blocks = re.findall(r"^```python( pandas)?\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 7
    known: dict[str, object] = {}
    for needs_pandas, block in blocks:
        if not needs_pandas or importlib.util.find_spec("pandas"):
            exec(compile(block, str(PAGE), "exec"), known)
