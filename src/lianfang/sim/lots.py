"""The lot record of the total warehouse (S-6) as tables: lots, packages, links, handling contacts, surfaces."""

from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lianfang.sim.catalogue import CONTAINER_OWNERS, IMPORTERS
from lianfang.sim.days import DAY
from lianfang.sim.goods import LotPlan
from lianfang.sim.identity import container_number
from lianfang.sim.movements import Movements, Part
from lianfang.sim.sites import Group, Sites
from lianfang.sim.tables import numbered

LOT_SCHEMA = pa.schema(
    [
        ("code", pa.string()), ("parent_code", pa.string()), ("product", pa.string()), ("product_class", pa.string()),
        ("hs_code", pa.string()), ("country", pa.string()), ("plant_reg_no", pa.string()), ("spec", pa.string()),
        ("pieces", pa.int64()), ("net_weight_kg", pa.float64()), ("production_date", pa.date32()),
        ("production_lot", pa.string()),
        ("shelf_life_days", pa.int64()), ("temp_min_c", pa.int64()), ("temp_max_c", pa.int64()),
        ("importer", pa.string()), ("importer_uscc", pa.string()),
        ("owner_code", pa.string()), ("owner_uscc", pa.string()),
        ("declaration_no", pa.string()), ("quarantine_cert_no", pa.string()), ("nat_cert_no", pa.string()),
        ("disinfection_cert_no", pa.string()), ("container_no", pa.string()),
        ("seal_no", pa.string()), ("port", pa.string()),
        ("entry_date", pa.date32()), ("vehicle", pa.string()), ("driver_code", pa.string()), ("arrived_at", pa.int64()),
        ("released_at", pa.int64()), ("release_cert_no", pa.string()), ("trace_code", pa.string()),
        ("storage_code", pa.string()), ("destination_code", pa.string()), ("area_code", pa.string()),
    ]
)  # fmt: skip
_LOWEST_C = -25
_RELEASE_SECOND = 27_000  # 07:30 of the day after arrival, when the first specimen was negative
_SURFACES = ("门把手", "地面", "货架")


class GoodsCodes(NamedTuple):
    """What the goods' tables refer to: codes by index, owners, credit codes, and the first second."""

    person: list[str]
    site: list[str]
    owners: list[tuple[str, str]]  # organisation code, credit code
    importer_uscc: list[str]
    driver: dict[int, str]  # by truck
    freezer: dict[int, int]  # by counter
    first_second: int
    start_day: date


class GoodsTables(NamedTuple):
    """The goods as tables; `codes` are those of all lots and sub-lots in the order of their numbering."""

    codes: list[str]
    lots: pa.Table
    packages: pa.Table
    links: pa.Table
    contacts: pa.Table
    surfaces: pa.Table


def write_goods(
    plans: list[LotPlan], moves: Movements, sites: Sites, ref: GoodsCodes, rng: np.random.Generator
) -> GoodsTables:
    """Write the tables; papers and dates a plan leaves open are drawn."""
    records = []
    per_day: dict[int, int] = {}
    for plan in plans:
        day = plan.arrived_at // DAY
        per_day[day] = per_day.get(day, 0) + 1
        record = _lot_record(plan, per_day[day], sites, ref, rng)
        if record["released_at"] > ref.first_second + moves.horizon:
            record["released_at"] = record["release_cert_no"] = None
        records.append(record)
    n_parts = dict.fromkeys(range(len(plans)), 0)
    for part in moves.parts:
        n_parts[part.parent] += 1
        records.append(_part_record(records[part.parent], part, n_parts[part.parent], sites, ref))
    codes = [record["code"] for record in records]
    return GoodsTables(
        codes,
        pa.Table.from_pylist(records, schema=LOT_SCHEMA),
        _packages(plans, moves, codes),
        _links(moves, codes, ref.first_second),
        _contacts(moves, codes, ref),
        _surfaces(sites, ref.site),
    )


def _lot_record(plan: LotPlan, number: int, sites: Sites, ref: GoodsCodes, rng: np.random.Generator) -> dict[str, Any]:
    """One line of the warehouse's book: owner, papers, container, vehicle, driver, whereabouts."""
    product = plan.product
    day = plan.arrived_at // DAY
    arrival_day = ref.start_day + timedelta(days=day)
    entry = arrival_day - timedelta(days=int(rng.integers(4, 20)))
    made = entry - timedelta(days=int(rng.integers(40, 200)))
    importer = int(rng.integers(len(IMPORTERS)))
    owner_code, owner_uscc = ref.owners[int(rng.integers(len(ref.owners)))]
    papers = [int(n) for n in rng.integers(0, 1_000_000, 5)]
    stamp = f"{arrival_day:%Y%m%d}"
    truck = sites.rows[plan.truck]
    return {
        "code": f"JX-{stamp}-{number:03d}", "parent_code": None,
        "product": product.name, "product_class": product.product_class,
        "hs_code": product.hs_code, "country": product.country,
        "plant_reg_no": product.plant, "spec": product.spec, "pieces": plan.pieces,
        "net_weight_kg": plan.pieces * product.piece_kg,
        "production_date": made, "production_lot": f"{made:%y%m%d}{chr(65 + papers[0] % 6)}",
        "shelf_life_days": product.shelf_life_days,
        "temp_min_c": _LOWEST_C, "temp_max_c": product.temp_max_c,
        "importer": IMPORTERS[importer][0], "importer_uscc": ref.importer_uscc[importer],
        "owner_code": owner_code, "owner_uscc": owner_uscc,
        "declaration_no": f"0202{entry:%Y}1{papers[1]:09d}", "quarantine_cert_no": f"{entry:%y}{papers[2]:010d}001",
        "nat_cert_no": f"NAT{entry:%Y%m%d}{papers[3] % 10_000:04d}",
        "disinfection_cert_no": f"XD{entry:%Y%m%d}{papers[3] // 100:04d}",
        "container_no": container_number(CONTAINER_OWNERS[papers[4] % len(CONTAINER_OWNERS)], papers[0]),
        "seal_no": f"CN{papers[4]:07d}",
        "port": product.port, "entry_date": entry, "vehicle": truck.name[-7:], "driver_code": ref.driver[plan.truck],
        "arrived_at": ref.first_second + plan.arrived_at,
        "released_at": ref.first_second + (day + 1) * DAY + _RELEASE_SECOND,
        "release_cert_no": f"CK{stamp}{number:03d}",
        "trace_code": f"{sites.divisions.county_code}{stamp}{number:03d}00",
        "storage_code": ref.site[plan.cold_room], "destination_code": None,
        "area_code": sites.divisions.villages[sites.rows[plan.cold_room].village].code,
    }  # fmt: skip


def _part_record(parent: dict[str, Any], part: Part, number: int, sites: Sites, ref: GoodsCodes) -> dict[str, Any]:
    """A sub-lot keeps its lot's papers and gets its own code, vehicle, time and destination."""
    delivery = part.delivery
    return parent | {
        "code": f"{parent['code']}-S{number:02d}", "parent_code": parent["code"], "pieces": delivery.pieces,
        "net_weight_kg": delivery.pieces * parent["net_weight_kg"] / parent["pieces"],
        "vehicle": sites.rows[delivery.truck].name[-7:], "driver_code": ref.driver[delivery.truck],
        "released_at": ref.first_second + part.at, "release_cert_no": f"{parent['release_cert_no']}{number:02d}",
        "trace_code": f"{parent['trace_code'][:-2]}{number:02d}",
        "storage_code": ref.site[ref.freezer[delivery.counter]],
        "destination_code": ref.site[delivery.counter],
        "area_code": sites.divisions.villages[sites.rows[delivery.counter].village].code,
    }  # fmt: skip


def _packages(plans: list[LotPlan], moves: Movements, codes: list[str]) -> pa.Table:
    """Number every package of a lot; the first ones went with its sub-lots."""
    pieces = np.array([plan.pieces for plan in plans])
    first = np.cumsum(pieces) - pieces
    lot = np.repeat(np.arange(len(plans)), pieces)
    held_in = np.full(len(lot), -1, dtype=np.int64)
    taken = first.copy()
    for part in moves.parts:
        held_in[taken[part.parent] : taken[part.parent] + part.delivery.pieces] = part.lot
        taken[part.parent] += part.delivery.pieces
    names = pa.array(codes)
    lot_code = names.take(pa.array(lot))
    code = pc.binary_join_element_wise(lot_code, numbered("P", np.arange(len(lot)) - first[lot] + 1, 4), "-")
    return pa.table(
        {"code": code, "lot_code": lot_code, "sublot_code": names.take(pa.array(held_in, mask=held_in < 0))}
    )


def _links(moves: Movements, codes: list[str], first_second: int) -> pa.Table:
    return pa.table(
        {
            "from": pa.array([codes[part.parent] for part in moves.parts], pa.string()),
            "to": pa.array([codes[part.lot] for part in moves.parts], pa.string()),
            "at": pa.array([first_second + part.at for part in moves.parts], pa.int64()),
        }
    )


def _contacts(moves: Movements, codes: list[str], ref: GoodsCodes) -> pa.Table:
    handlings = sorted(moves.handlings, key=lambda h: (h.t_in, h.person, h.lot))
    return pa.table(
        {
            "from": pa.array([ref.person[h.person] for h in handlings], pa.string()),
            "to": pa.array([codes[h.lot] for h in handlings], pa.string()),
            "t_in": pa.array([ref.first_second + h.t_in for h in handlings], pa.int64()),
            "t_out": pa.array([ref.first_second + h.t_out for h in handlings], pa.int64()),
            "setting": pa.array([h.setting for h in handlings], pa.string()),
        }
    )


def _surfaces(sites: Sites, codes: list[str]) -> pa.Table:
    """Surfaces that environmental sampling knows: three in every cold room."""
    rooms = sites.indices(Group.COLD_ROOM).tolist()
    places = [
        (codes[room], sites.rows[room].name, number, part) for room in rooms for number, part in enumerate(_SURFACES, 1)
    ]
    return pa.table(
        {
            "code": [f"{place}-F{number}" for place, _, number, _ in places],
            "name": [f"{room}{part}" for _, room, _, part in places],
            "place_code": [place for place, _, _, _ in places],
        }
    )
