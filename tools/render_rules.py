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
from rule_names import MORE_NAMES  # noqa: E402 - after the path is set
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
NAMES = {  # what the fields of facts and the parameters of sentences are called
    **MORE_NAMES,
    "subject": ("对象", "subject"),
    "signer": ("录入人员", "signer"),
    "recorded": ("录入条数", "recorded"),
    "usual": ("他人通常条数", "usual"),
    "batch": ("批次", "batch"),
    "persons": ("人数", "persons"),
    "linked": ("有关联人数", "linked"),
    "clashes": ("冲突次数", "clashes"),
    "reds": ("红码", "red codes"),
    "signers": ("录入人员", "signers"),
    "batches": ("批次", "batches"),
    "scans": ("扫码", "scans"),
    "about": ("涉及", "about"),
    "log": ("台账", "log"),
    "every_s": ("登记间隔", "interval"),
    "escalate_s": ("逾期", "overdue"),
    "silent_s": ("无扫码", "silent"),
    "place": ("场所", "place"),
    "since": ("纳入管理", "since"),
    "day_at": ("当日", "day"),
    "opens_s": ("开门", "opens"),
    "closes_s": ("关门", "closes"),
    "is_open": ("营业", "in business"),
    "logs": ("台账登记", "logs"),
    "kept_at": ("登记", "kept"),
    "scanned_at": ("最近扫码", "last scan"),
    "is_silent": ("停止扫码", "silent"),
    "whole_number": ("证号完整一致", "whole number"),
    "weight_tenths": ("权重（0.1比特）", "weight (tenths of a bit)"),
    "sexes_differ": ("性别不同", "sexes differ"),
    "rival_tenths": ("次可能者权重（0.1比特）", "rival (tenths of a bit)"),
    "phone": ("手机号", "phone"),
    "numbers": ("证号数", "numbers"),
    "number": ("身份证号", "identity number"),
    "name": ("姓名", "name"),
    "model": ("模型", "model"),
    "limit": ("界限", "limit"),
    "most": ("每管上限", "most"),
    "members": ("管内人数", "members"),
    "is_watched": ("在管控或待检", "under a measure"),
    "due_from": ("应采起", "due from"),
    "due_until": ("应采止", "due until"),
    "is_revoked": ("依据已解除", "revoked"),
    "collected_at": ("采样时间", "collected at"),
    "value": ("结果", "result"),
    "differing": ("不同位数", "differing"),
    "confirmed": ("已确认", "confirmed"),
    "bits": ("权重", "weight"),
    "birth": ("出生日期", "birth date"),
    "agreeing": ("一致项", "agreeing"),
    "area_code": ("区划", "division"),
    "colour": ("颜色", "colour"),
    "community": ("社区", "community"),
    "counties": ("县数", "counties"),
    "counties_before": ("此前县数", "counties before"),
    "counties_lifted": ("解除县数", "counties lifted"),
    "day_ends_at": ("至", "until"),
    "day_starts_at": ("日", "day"),
    "entries": ("条目", "entries"),
    "excluded": ("除外", "except"),
    "extent": ("范围", "extent"),
    "is_decided": ("已确认", "decided"),
    "known_from": ("最早名单", "first list"),
    "level": ("等级", "level"),
    "lifted_percent": ("比例", "share"),
    "mismatches": ("数", "number"),
    "parts_level": ("其内最高等级", "highest inside"),
    "risk_level": ("等级", "level"),
    "same_stamp": ("同时点", "same stamp"),
    "source": ("名单", "list"),
    "sources": ("名单", "lists"),
    "standing": ("结论", "standing"),
    "starts_at": ("起", "from"),
    "unnamed": ("未写明", "unnamed"),
    "category": ("类别", "category"),
    "certificate_s": ("期限", "span"),
    "city_level": ("同市最高等级", "highest in the city"),
    "daily_by_s": ("时长", "span"),
    "due": ("应报天数", "days due"),
    "first_day_at": ("首日", "first day"),
    "instructed_at": ("首次告知", "first told"),
    "is_concern": ("需关注", "concern"),
    "is_known": ("有名单", "a list is known"),
    "is_late": ("逾期", "late"),
    "made_up": ("数", "number"),
    "names_community": ("写明社区", "names the community"),
    "negative_at": ("阴性采样", "negative of"),
    "ordered_until": ("期满", "ordered until"),
    "orders": ("措施", "measures"),
    "province_level": ("同省最高等级", "highest in the province"),
    "reported_at": ("报告", "reported"),
    "stays": ("旅居", "stays"),
    "symptoms": ("症状数", "symptoms"),
    "taken_at": ("测量", "taken"),
    "bad_documents": ("有问题的证明", "bad documents"),
    "before_s": ("时长", "span"),
    "cap": ("限流", "cap"),
    "booked": ("预约", "booked"),
    "booked_at": ("预约时间", "booked"),
    "booking": ("预约号", "booking"),
    "certificate": ("证明", "certificate"),
    "compared": ("核对", "compared"),
    "destroyed": ("销毁", "destroyed"),
    "differs": ("有差异", "differs"),
    "due_at": ("到货", "due"),
    "excursions": ("次数", "number"),
    "expected_number": ("预约编号", "booked number"),
    "field": ("项目", "item"),
    "found": ("查获", "found"),
    "in_stock": ("现存", "in stock"),
    "is_held": ("已管控", "held"),
    "is_recalled": ("已召回", "recalled"),
    "is_released": ("已放行", "released"),
    "is_sealed": ("已封存", "sealed"),
    "issued_day": ("签发日", "issued"),
    "lead_s": ("时长", "span"),
    "limit_tenths": ("限值", "limit"),
    "lot": ("批次", "lot"),
    "lot_id": ("批次", "lot"),
    "papers": ("证明", "papers"),
    "pieces_booked": ("预约件数", "pieces booked"),
    "pieces_found": ("实到件数", "pieces found"),
    "place_id": ("地点", "place"),
    "planned": ("应采数", "planned"),
    "product_matches": ("品名相符", "product matches"),
    "production_lot": ("生产批号", "production lot"),
    "readings": ("读数", "readings"),
    "received": ("收货", "received"),
    "same_standing": ("状态相同", "alike"),
    "samples": ("采样数", "samples"),
    "seal_intact": ("铅封完好", "seal intact"),
    "sold": ("已售", "sold"),
    "step": ("操作", "step"),
    "valid_until_day": ("有效至", "valid until"),
    "walls_disinfected": ("内壁已消毒", "walls disinfected"),
    "warmest_tenths": ("最高(0.1℃)", "warmest"),
    "weight_g": ("重量(克)", "weight, g"),
    "weight_kept": ("重量不变", "weight kept"),
    "cause_stands": ("原因仍有效", "cause stands"),
    "causes": ("原因", "causes"),
    "annulled": ("已撤销", "annulled"),
    "arrived_at": ("到货", "arrived"),
    "backward": ("溯源时段", "backward"),
    "day": ("日", "day"),
    "decided_at": ("决定", "decided"),
    "decision": ("决定", "decision"),
    "direction": ("方向", "direction"),
    "document": ("证明", "document"),
    "done_at": ("完成", "done"),
    "ends_at": ("期满", "ends"),
    "exposure_class": ("类别", "class"),
    "expires_at": ("过期", "expires"),
    "first_tenths_celsius": ("首测体温(0.1℃)", "first reading, tenths of °C"),
    "fresh_s": ("时长", "span"),
    "has_holder": ("手机码", "of a phone"),
    "inside": ("在场", "inside"),
    "issued_at": ("签发", "issued"),
    "list_issued_at": ("状态列表", "status list"),
    "read": ("码", "code"),
    "refusal": ("无效原因", "not valid"),
    "shown_at": ("出示", "shown"),
    "shown_s": ("时长", "span"),
    "stale_s": ("时长", "span"),
    "state": ("状态", "state"),
    "fever_free_s": ("时长", "span"),
    "fever_free_since": ("退热", "fever-free since"),
    "forward": ("传染期", "forward"),
    "generation": ("代", "generation"),
    "has_symptoms": ("有症状", "symptoms"),
    "home_unfit": ("居家条件不符合", "home unfit"),
    "immune": ("有免疫证明", "immune"),
    "incubation_max_s": ("最长潜伏期", "longest incubation"),
    "indeterminate": ("数", "number"),
    "interval_s": ("间隔", "interval"),
    "investigation": ("调查", "investigation"),
    "investigations": ("调查", "investigations"),
    "kind": ("对象", "subject"),
    "last_exposure_at": ("末次暴露", "last exposed"),
    "last_negative_at": ("末次阴性", "last negative"),
    "last_positive_at": ("末次阳性", "last positive"),
    "left": ("数", "number"),
    "link_source_classes": ("拆分另一端", "split with"),
    "measure": ("措施", "measure"),
    "missed": ("数", "number"),
    "missed_follow_ups": ("漏访", "missed follow-ups"),
    "missing": ("数", "number"),
    "missing_documents": ("缺少证明", "missing documents"),
    "needed": ("所需数", "number needed"),
    "negatives": ("数", "number"),
    "now": ("现在", "now"),
    "onset_at": ("发病", "onset"),
    "order": ("措施", "measure"),
    "passed_inspection": ("通过检验检疫", "passed inspection"),
    "pending": ("数", "number"),
    "persists_s": ("时长", "span"),
    "transport_s": ("时长", "span"),
    "turnaround_s": ("时长", "span"),
    "whereabouts": ("环节", "whereabouts"),
    "waiting_s": ("采样至今", "since collection"),
    "is_signed": ("已签发", "signed"),
    "pieces": ("件数", "pieces"),
    "pieces_disinfected": ("已消毒件数", "pieces disinfected"),
    "pieces_out": ("已有出库", "pieces out"),
    "place_kind": ("地点", "place"),
    "places": ("共处", "together"),
    "positive_at": ("末次阳性", "last positive"),
    "reference": ("证据", "evidence"),
    "released_at": ("解除", "released"),
    "results": ("结果", "results"),
    "seconds": ("时长", "span"),
    "specimen_collected_at": ("采样", "sampled"),
    "subject_kind": ("对象", "subject"),
    "symptom_onset_at": ("发病", "onset"),
    "left_at": ("离开", "left"),
    "measures": ("措施", "measures"),
    "sampled_at": ("采样", "sampled"),
    "stay_s": ("时长", "span"),
    "symptoms_s": ("时长", "span"),
    "until": ("至", "until"),
    "ways": ("转绿条件", "what turns it green"),
    "tenths_celsius": ("体温(0.1℃)", "tenths of °C"),
    "via_link": ("拆分所得", "by a split"),
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
    lines += ["", "## 来源 · Sources", "", *heading("编号 id", "可靠程度 standing", "内容 text")]
    lines += [row(of.id, STANDINGS[of.standing], of.text) for of in profile.sources.values()]
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
