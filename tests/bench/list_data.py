"""A list as another county or a carrier sends it, beside the register it is compared with: seeded, with the truth kept.

One row in twenty is a resident, written as somebody else wrote them down: a wrong digit, a homophone, pinyin, given name
first, a masked or missing number, an old phone, a birth date with day and month exchanged. The others are strangers with
the same names, born in the same years, some of them from the same county.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from pypinyin import lazy_pinyin

from lianfang.sim import make_county
from lianfang.sim.identity import identity_numbers
from lianfang.sim.names import draw_surnames, person_names

_TOWNS = ("古绛镇", "横水镇", "陈村镇", "卫庄镇", "么里镇", "南樊镇", "安峪镇", "大交镇", "郝庄乡", "冷口乡")
_FAMILIES, _ENDS = "张王李赵杨郭高任贾韩薛梁", ("家庄", "家沟", "村")
COUNTY = [
    ("140826", "绛县", "county", "1408"),
    *((f"1408261{town:02}", name, "township", "140826") for town, name in enumerate(_TOWNS)),
    *(
        (f"1408261{town:02}{200 + number}", f"{name[0]}{family}{end}村委会", "village", f"1408261{town:02}")
        for town, name in enumerate(_TOWNS)
        for number, (family, end) in enumerate((family, end) for family in _FAMILIES for end in _ENDS)
    ),
]
_HOMOPHONES = (
    "伟玮炜",
    "英瑛颖",
    "华桦骅",
    "丽莉俐",
    "军君钧",
    "芳方",
    "明铭",
    "红洪宏",
    "建健",
    "玉钰",
    "国帼",
    "志智",
    "海",
)


@dataclass(frozen=True, slots=True)
class Given:
    """A list and its truth: `truth` has row and subject_id of the rows that are residents."""

    listed: pl.DataFrame
    registered: pl.DataFrame
    truth: pl.DataFrame


def given(*, population: int = 300_000, rows: int = 100_000, share: float = 0.05, seed: int = 20201201) -> Given:
    """Make register and list, of which `share` are residents."""
    registered = register(population, seed)
    rng = np.random.default_rng(seed + 1)
    n_true = int(rows * share)
    chosen = registered.sample(n_true, seed=seed % 10_000 + 7, with_replacement=False)
    known = miswritten(chosen, rng)
    strange = strangers(rows - n_true, rng)
    order = rng.permutation(rows)
    listed = pl.concat([known.drop("subject_id"), strange])[order].with_row_index("key").cast({"key": pl.Int64})
    is_true = pl.Series(order) < n_true
    ids = chosen["key"].gather(np.minimum(order, n_true - 1))
    truth = pl.DataFrame({"row": listed["key"], "subject_id": ids}).filter(is_true)
    return Given(listed, registered, truth)


def register(population: int, seed: int) -> pl.DataFrame:
    """The county's residents as the linkage reads them."""
    county = make_county(COUNTY, population=population, seed=seed, start_day=date(2020, 12, 1), days=14)
    people = pl.from_arrow(county.persons)
    assert isinstance(people, pl.DataFrame)
    units = pl.DataFrame([(code, name) for code, name, *_ in COUNTY], schema=["code", "unit"], orient="row")
    spoken = units.with_columns(pl.col("unit").str.replace("(村委会|居委会)$", ""))
    return (
        people.with_row_index("key")
        .join(
            spoken.rename({"code": "area_code", "unit": "village"}), on="area_code", how="left", maintain_order="left"
        )
        .with_columns(town_code=pl.col("area_code").str.slice(0, 9))
        .join(spoken.rename({"code": "town_code", "unit": "town"}), on="town_code", how="left", maintain_order="left")
        .select(pl.col("key").cast(pl.Int64), "name", "sex", "birth_date", "id_number", "phone", "village", "town")
    )


def strangers(n: int, rng: np.random.Generator) -> pl.DataFrame:
    """People of elsewhere: same kinds of names and years; one in ten born in the county's own division."""
    female = rng.random(n) < 0.5
    born = np.datetime64("1940-01-01") + rng.integers(0, 365 * 75, n)
    year = born.astype("datetime64[Y]").astype(np.int64) + 1970
    names = person_names(draw_surnames(n, rng), female, year, rng)
    numbers = np.empty(n, dtype="S18")
    of = rng.choice(["140826", "140802", "110105", "130104", "420106", "330106"], n, p=[0.1, 0.3, 0.2, 0.15, 0.15, 0.1])
    for area in np.unique(of):
        at = of == area
        serial = rng.integers(100, 700, at.sum()) // 2 * 2 + ~female[at]
        numbers[at] = identity_numbers(str(area), born[at].astype("datetime64[D]"), serial)
    frame = pl.DataFrame(
        {
            "name": pl.from_arrow(names),
            "sex": np.where(female, "female", "male"),
            "birth_date": born.astype("datetime64[D]"),
            "id_number": numbers.astype(str),
            "phone": (13_000_000_000 + rng.integers(0, 6_000_000_000, n)).astype(str),
        }
    )
    address = pl.Series([f"山西省运城市盐湖区东城街道{k}号" for k in rng.integers(1, 999, n)])
    return _thinned(frame.with_columns(address=address), rng)


def miswritten(chosen: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Residents as a stranger wrote them down; each slip falls on its own share of rows."""
    rows = [_slip(row, rng) for row in chosen.iter_rows(named=True)]
    schema = {
        "subject_id": pl.Int64, "name": pl.String, "sex": pl.String, "birth_date": pl.Date, "id_number": pl.String,
        "phone": pl.String, "address": pl.String,
    }  # fmt: skip
    return _thinned(pl.DataFrame(rows, schema=schema, orient="row"), rng)


def _thinned(frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Mask and leave out, alike for residents and strangers: what is missing tells nothing."""
    n = frame.height
    draw, drop_phone, drop_birth, drop_address = (pl.Series(rng.random(n)) for _ in range(4))
    masked = pl.col("id_number").str.slice(0, 6) + "********" + pl.col("id_number").str.slice(14)
    return frame.with_columns(
        id_number=pl.when(draw < 0.2).then(None).when(draw < 0.4).then(masked).otherwise("id_number"),
        phone=pl.when(drop_phone < 0.25).then(None)
        .when(drop_phone < 0.35).then(pl.col("phone").str.slice(0, 3) + "****" + pl.col("phone").str.slice(7))
        .otherwise("phone"),
        birth_date=pl.when(drop_birth < 0.5).then(None).otherwise("birth_date"),
        address=pl.when(drop_address < 0.5).then(None).otherwise("address"),
    )  # fmt: skip


def _slip(row: dict[str, object], rng: np.random.Generator) -> tuple[object, ...]:
    name, number, phone, born = str(row["name"]), str(row["id_number"]), str(row["phone"]), row["birth_date"]
    assert isinstance(born, date)
    draw = rng.random(5)
    address = f"山西省运城市绛县{row['town']}{row['village']}" if draw[4] < 0.8 else "山西省绛县"
    return (row["key"], _name(name, float(draw[0]), rng), row["sex"], _day(born, float(draw[1])),
            _digits(number, float(draw[2]), rng), _phone(phone, float(draw[3]), rng), address)  # fmt: skip


def _name(name: str, draw: float, rng: np.random.Generator) -> str:
    if draw < 0.06:
        return "".join(next((g[(g.index(c) + 1) % len(g)] for g in _HOMOPHONES if c in g), c) for c in name)
    if draw < 0.10:
        parts = lazy_pinyin(name)
        return f"{parts[0].upper()} {''.join(parts[1:]).upper()}"
    if draw < 0.12:
        return name[1:] + name[0]
    if draw < 0.15:
        at = int(rng.integers(1, len(name)))
        return name[:at] + "某" + name[at + 1 :]
    return name


def _day(born: date, draw: float) -> date:
    if draw < 0.02 and born.day <= 12:
        return date(born.year, born.day, born.month)
    if draw < 0.04 and (born.month, born.day) != (2, 29):
        return date(born.year - 1, born.month, born.day)
    return born


def _digits(number: str, draw: float, rng: np.random.Generator) -> str:
    if draw < 0.08:
        at = int(rng.integers(0, 17))
        return number[:at] + str((int(number[at]) + int(rng.integers(1, 10))) % 10) + number[at + 1 :]
    if draw < 0.11:
        at = int(rng.integers(6, 16))
        return number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    return number


def _phone(phone: str, draw: float, rng: np.random.Generator) -> str:
    if draw < 0.15:
        return str(13_000_000_000 + int(rng.integers(0, 6_000_000_000)))
    if draw < 0.20:
        at = int(rng.integers(3, 11))
        return phone[:at] + str((int(phone[at]) + 1) % 10) + phone[at + 1 :]
    return phone
