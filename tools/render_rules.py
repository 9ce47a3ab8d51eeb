"""Render the decision tables and profiles to docs/rules; with --check, only say whether the documents are current."""

import argparse
import dataclasses
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import singledispatch
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from lianfang.rules.contact import PlaceExposure  # noqa: E402 - after the path is set
from lianfang.rules.healthcode import CodeMeasure  # noqa: E402 - after the path is set
from lianfang.rules.measure import MeasureOrder  # noqa: E402
from lianfang.rules.pooling import Meaning  # noqa: E402
from lianfang.rules.profile import PlaceRule, Profile, Standing, builtin_profiles, load_profile  # noqa: E402
from lianfang.rules.reasons import duration  # noqa: E402
from lianfang.rules.release import TestResult  # noqa: E402
from lianfang.rules.vocabulary import ExposureClass, MeasureKind, PlaceKind, ResponsibleKind, TaskKind  # noqa: E402
from lianfang.rules.words import WORDS, label  # noqa: E402
from rule_names import NAMES  # noqa: E402 - after the path is set
from tests.spec.table import DAY_S, FIRST_DAY_AT, HOUR_S, Case, DecisionTable  # noqa: E402
from tests.spec.tables import TABLES  # noqa: E402

TARGET = ROOT / "docs" / "rules"
INSTANTS_FROM = FIRST_DAY_AT - 366 * DAY_S
GENERATED = (
    "<!-- Written by tools/render_rules.py from tests/spec and the profiles: change those, then run it again. -->"
)
STANDINGS = {
    Standing.CITED: "有出处 cited",
    Standing.RECALLED: "凭记忆，待核 recalled",
    Standing.COUNTY_CHOICE: "县级设定（演示） county choice (demo)",
}
LEFT_OUT = {"source_kinds"}  # said by `places`


def both(member: StrEnum) -> str:
    """The Chinese and the English word."""
    return f"{label(member, 'zh')} {label(member, 'en')}"


def instant(at: int) -> str:
    """A day of the worked case, with the hour unless it is midnight."""
    day, seconds = divmod(at - FIRST_DAY_AT, DAY_S)
    return f"D{day}" + (f" {seconds // HOUR_S:02d}:00" if seconds else "")


@singledispatch
def words(value: object) -> str:
    """Facts and outcomes in short; unset fields are left out."""
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return "—" if value is None else str(value)
    shown = (
        f"{' '.join(NAMES[field.name])}: {words(getattr(value, field.name))}"
        for field in dataclasses.fields(value)
        if getattr(value, field.name) not in (field.default, ()) and field.name not in LEFT_OUT
    )
    return "; ".join(shown) or "无 nothing"


@words.register
def _(value: StrEnum) -> str:
    return both(value) if type(value) in WORDS else str(value)


@words.register
def _(value: int) -> str:
    if isinstance(value, bool):
        return "是 yes" if value else "否 no"
    return instant(value) if value > INSTANTS_FROM else str(value)


@words.register
def _(value: tuple) -> str:  # type: ignore[type-arg] # dispatch is on the bare class
    if len(value) == 2 and all(isinstance(item, int) and item > INSTANTS_FROM for item in value):
        return f"{instant(value[0])} – {instant(value[1])}"
    return "<br>".join(words(item) for item in value) or "无 nothing"


@words.register
def _(value: PlaceExposure) -> str:
    notes = [" 余留 lingering"] * value.lingering_only + [" 有效防护 protected"] * value.protected
    source = f"{both(value.source_kind)} ({both(value.source_class)})"
    return f"{both(value.place_kind)} {duration(value.seconds, 'en')} ← {source}{''.join(notes)}"


@words.register
def _(value: MeasureOrder) -> str:
    span = f"{instant(value.starts_at)} – {'…' if value.ends_at is None else instant(value.ends_at)}"
    tests = f"; 检测 tests {' '.join(f'+{day}' for day in value.test_offsets_days)}" if value.test_offsets_days else ""
    return f"{both(value.kind)} {span}{tests}"


@words.register
def _(value: Meaning) -> str:
    return "<br>".join([words(value.value), *map(words, value.orders)])


@words.register
def _(value: CodeMeasure) -> str:
    return both(value.kind) + (f" – {instant(value.ends_at)}" if value.ends_at else "")


@words.register
def _(value: TestResult) -> str:
    return f"{instant(value.collected_at)} {'待出 awaited' if value.result is None else both(value.result)}"


def outcome(case: Case) -> str:
    """The outcome; tasks with their party and deadline."""
    if case.row.startswith("T-"):
        return "<br>".join(f"{both(party)}: {both(kind)}, {duration(due, 'en')}" for kind, party, due in case.outcome)
    return words(case.outcome)


def cell(text: str) -> str:
    """Text that cannot break a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")


def row(*cells: str) -> str:
    """One line of a Markdown table."""
    return f"| {' | '.join(cell(text) for text in cells)} |"


def heading(*cells: str) -> list[str]:
    """The head of a Markdown table."""
    return [row(*cells), f"|{'---|' * len(cells)}"]


def sentence(text: str, language: int) -> str:
    """A row's sentence with the names of its parameters in angle brackets."""
    return re.sub(r"\{(\w+)\}", lambda found: f"‹{NAMES[found[1]][language]}›", text)


def table_page(table: DecisionTable) -> str:
    """One decision table with its worked cases."""
    lines = [GENERATED, f"# {table.title_zh} · {table.title_en}", "", table.about_zh, "", table.about_en, ""]
    lines += heading("编号 id", "规则", "Rule")
    lines += [row(code, sentence(text.zh, 0), sentence(text.en, 1)) for code, text in table.rows.items()]
    lines += ["", "## 算例 · Worked cases", ""]
    lines += ["D0 是算例的第一天；每个算例都作为测试运行。 D0 is the first day; every case is run as a test.", ""]
    lines += heading("编号 id", "方案 profile", "事实 facts", "结论 outcome")
    lines += [row(case.row, case.edition, words(case.facts), outcome(case)) for case in table.cases]
    return "\n".join(lines) + "\n"


def quantity(entry: Mapping[str, Any]) -> str:
    """`{ days = 14, source = "x" }` as `14 days [x]`."""
    unit, value = next((name, value) for name, value in entry.items() if name != "source")
    shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"{shown} {unit} [{entry['source']}]"


def number_lines(content: Mapping[str, Any]) -> Iterator[str]:
    """The numbers that stand alone."""
    yield row("fever", quantity(content["fever"]))
    for section in ("window", "goods", "trace", "release", "risk_lists", "matching"):
        for name, entry in content.get(section, {}).items():
            yield row(f"{section}.{name}", quantity(entry))


def place_lines(profile: Profile, content: Mapping[str, Any]) -> Iterator[str]:
    """What being together counts for, by kind of place."""
    default = content["places"]["default"]

    def line(name: str, rule: PlaceRule, entry: Mapping[str, Any]) -> str:
        close = (
            f"{duration(rule.close_after_s, 'en')} [{entry['close_after']['source']}]" if rule.close_after_s else "—"
        )
        adds = "是 yes" if rule.cumulative else "否 no"
        classes = (rule.person_class, rule.lingering_class, rule.object_class, rule.lot_class)
        spans = (quantity(entry["min_overlap"]), quantity(entry["linger"]), adds, close)
        return row(name, *spans, *(both(of) for of in classes), entry["source"])

    for kind in PlaceKind:
        if kind in content["places"]:
            yield line(both(kind), profile.places[kind], {**default, **content["places"][kind]})
    elsewhere = next((kind for kind in PlaceKind if kind not in content["places"]), None)
    if elsewhere is not None:
        yield line("其余 elsewhere", profile.places[elsewhere], default)


def measure_lines(content: Mapping[str, Any]) -> Iterator[str]:
    """What is ordered for whom."""

    def line(subject: str, entry: Mapping[str, Any]) -> str:
        span = f"{quantity(entry['span'])} from {entry['counted_from']}" if "span" in entry else "至解除 until released"
        tests = quantity(entry["tests"]) if "tests" in entry else "—"
        return row(subject, both(MeasureKind(entry["kind"])), span, tests, entry.get("when", "always"), entry["source"])

    for group, classes in content["measures"].items():
        if group == "aftercare":
            yield from (line("解除隔离后 after isolation", entry) for entry in classes)
            continue
        for of, entries in classes.items():
            yield from (line(f"{group}: {both(ExposureClass(of))}", entry) for entry in entries)


def task_lines(content: Mapping[str, Any]) -> Iterator[str]:
    """Who does what by when."""
    for measure, entries in content["tasks"].items():
        for entry in entries:
            party, task = ResponsibleKind(entry["responsible"]), TaskKind(entry["kind"])
            yield row(both(MeasureKind(measure)), both(party), both(task), quantity(entry["due_in"]))


def profile_page(text: str) -> str:
    """One profile: its numbers, what each rests on, and the sources."""
    profile, content = load_profile(text), tomllib.loads(text)
    lines = [GENERATED, f"# {profile.name_zh} · {profile.name_en}", ""]
    lines += [f"`{profile.edition}` · {profile.in_force_from} · sha256 `{profile.digest}`", ""]
    lines += ["方括号内为来源编号。 The source of each number stands in brackets.", "", "## 数值 · Numbers", ""]
    lines += [*heading("键 key", "值 value"), *number_lines(content), "", "## 地点 · Places", ""]
    lines += heading(
        "地点 place", "最短 least", "余留 linger", "累计 adds up", "密接自 close from", "人 person", "余留者 lingering",
        "接触物品者 with goods", "物品 goods", "来源 source",
    )  # fmt: skip
    lines += [*place_lines(profile, content), "", "## 措施 · Measures", ""]
    lines += heading("对象 subject", "措施 measure", "期限 span", "检测日 tests", "条件 when", "来源 source")
    lines += [*measure_lines(content), "", "## 任务 · Tasks", ""]
    lines += [*heading("措施 measure", "责任方 party", "任务 task", "时限 due in"), *task_lines(content)]
    lines += ["", "## 来源 · Sources", "", *heading("编号 id", "可靠程度 standing", "内容 · text")]
    lines += [row(of.id, STANDINGS[of.standing], f"{of.text_zh} · {of.text}") for of in profile.sources.values()]
    return "\n".join(lines) + "\n"


def index_page() -> str:
    """The list of the pages."""
    lines = [GENERATED, "# 规则 · Rules", "", "## 判定表 · Decision tables", ""]
    lines += [f"- [{table.title_zh} · {table.title_en}]({table.slug}.md)" for table in TABLES]
    lines += ["", "## 病种方案 · Profiles", ""]
    for edition, text in builtin_profiles().items():
        profile = load_profile(text)
        lines.append(f"- [{profile.name_zh} · {profile.name_en}](profiles/{edition}.md)")
    return "\n".join(lines) + "\n"


def pages() -> dict[Path, str]:
    """Every document by its path."""
    found = {Path("README.md"): index_page()}
    found |= {Path(f"{table.slug}.md"): table_page(table) for table in TABLES}
    found |= {Path(f"profiles/{edition}.md"): profile_page(text) for edition, text in builtin_profiles().items()}
    return {TARGET / path: text for path, text in found.items()}


def bring_up_to_date(path: Path, text: str | None) -> None:
    """Write one document, or remove one that is no longer wanted."""
    if text is None:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Write the documents, or with --check exit 1 and name those that are not current."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a document is not current")
    check = parser.parse_args(arguments).check
    wanted = pages()
    present = {path: path.read_text(encoding="utf-8") for path in TARGET.rglob("*.md")}
    stale = sorted(path for path in wanted.keys() | present.keys() if wanted.get(path) != present.get(path))
    for path in stale:
        print(f"{'not current' if check else 'brought up to date'}: {path.relative_to(ROOT)}", file=sys.stderr)
        if not check:
            bring_up_to_date(path, wanted.get(path))
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
