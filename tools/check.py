"""Everything that is checked besides the tests; all of it runs, then the failures are named."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import bootstrap

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"


def tool(name: str, *arguments: str) -> list[str]:
    return [str(BIN / name), *arguments]


def script(name: str, *arguments: str) -> list[str]:
    return tool("python", str(ROOT / "tools" / name), *arguments)


CHECKS: dict[str, list[str]] = {
    "format": tool("ruff", "format", "--check", "--quiet", "."),
    "lint": tool("ruff", "check", "--quiet", "."),
    "sizes": script("check_sizes.py"),
    "types": tool("mypy", "--no-error-summary"),
    "imports": tool("lint-imports", "--no-cache"),
    "migrations": script("check_migrations.py"),
    "translations": script("check_translations.py"),
    "rules' docs": script("render_rules.py", "--check"),
    "front end: types": ["npm", "--prefix", "frontend", "run", "--silent", "types"],
    "front end: lint": ["npm", "--prefix", "frontend", "run", "--silent", "lint"],
}


def main() -> int:
    environment = bootstrap.node_environment()
    failed = [title for title, command in CHECKS.items() if not passes(title, command, environment)]
    print(f"failed: {', '.join(failed)}" if failed else "all checks passed")
    return 1 if failed else 0


def passes(title: str, command: Sequence[str], environment: Mapping[str, str]) -> bool:
    began = time.monotonic()
    result = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    verdict = "ok" if result.returncode == 0 else "FAILED"
    print(f"{title:<18} {verdict:<7} {time.monotonic() - began:5.1f} s", flush=True)
    if result.returncode:
        print(result.stdout, flush=True)
    return result.returncode == 0


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
