"""Small published lists in both forms, for tests."""

import json
from typing import Any

HEAD = "1月14日江苏新增境外输入新冠肺炎确诊病例1例\n发布日期：2021-01-15 09:23:00\n 最新疫情风险等级提醒\n"
BULLETIN = HEAD + (
    "全国有2个高风险地区，6个中风险地区：\n"
    "高风险地区（2个）：\n"
    "河北省石家庄市（1个）：藁城区。\n"
    "黑龙江省绥化市（1个）：望奎县惠七镇。\n"
    "中风险地区（6个）：\n"
    "北京市（3个）：顺义区南法信镇西杜兰村，顺义区高丽营镇张喜庄村、东马各庄村。\n"
    "黑龙江省绥化市（1个）：望奎县（除惠七镇以外的县域地区）。\n"
    "辽宁省大连市（2个）：金普新区先进街道金润小区B区、民馨社区。\n"
    "境外（除澳门为低风险外）仍全部为高风险地区。\n"
)


def entry(province: str, city: str, county: str, *communities: str) -> dict[str, Any]:
    """One entry of the JSON series."""
    return {
        "type": "2",
        "province": province,
        "city": city,
        "county": county,
        "area_name": f"{province} {city} {county}",
        "communitys": list(communities),
    }


def series(
    stamp: str = "2022-10-28 22时",
    high: tuple[dict[str, Any], ...] = (),
    middle: tuple[dict[str, Any], ...] = (),
    low: tuple[dict[str, Any], ...] | None = None,
    **changed: Any,
) -> bytes:
    """One object of the JSON series whose counts are right unless changed."""
    data: dict[str, Any] = {"end_update_time": stamp}
    for letter, name, entries in (("h", "high", high), ("m", "middle", middle), ("l", "low", low)):
        if entries is not None:
            data[f"{letter}count"] = sum(len(each["communitys"]) for each in entries)
            data[f"{name}list"] = list(entries)
    return json.dumps({"data": data | changed, "code": 0, "msg": ""}, ensure_ascii=False).encode()
