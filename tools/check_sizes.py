"""Refuse files over 500 lines and functions over 60: the limits only ever go down."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES = 500
FUNCTION_LINES = 60
SUFFIXES = {".py", ".ts", ".html", ".css"}


def main() -> int:
    complaints = [line for file in sources() for line in complaints_about(file)]
    print("\n".join(complaints), end="\n" if complaints else "")
    return 1 if complaints else 0


def sources() -> Iterator[Path]:
    """Files that git knows or would add, migrations excepted: those are generated."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    for name in sorted(set(names)):
        path = ROOT / name
        if path.suffix in SUFFIXES and path.is_file() and "migrations" not in path.parts:
            yield path


def complaints_about(file: Path) -> Iterator[str]:
    text = file.read_text(encoding="utf-8")
    name = file.relative_to(ROOT)
    if (lines := text.count("\n")) > FILE_LINES:
        yield f"{name}: {lines} lines, at most {FILE_LINES}"
    if file.suffix != ".py":
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield f"{name}:{node.lineno}: {node.name} has {lines} lines, at most {FUNCTION_LINES}"


if __name__ == "__main__":
    sys.exit(main())
