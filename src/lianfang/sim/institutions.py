"""The fixed institutions of a county: governments, regulators, hospitals, the total warehouse and its carriers."""

import numpy as np

from lianfang.rules.vocabulary import PlaceKind, ResponsibleKind
from lianfang.sim import parameters as par
from lianfang.sim.catalogue import OWNERS
from lianfang.sim.identity import plate_number
from lianfang.sim.sites import Body, Group, Ledger, Organisation, Site

_REGULATORS = (
    "市场监督管理局",
    "卫生健康和体育局",
    "交通运输局",
    "教育局",
    "公安局",
    "商务局",
    "文化和旅游局",
    "农业农村局",
)


def enter_total_warehouse(ledger: Ledger, population: int) -> None:
    """Enter the total warehouse (S-6) with its cold rooms, and the carriers with their trucks."""
    divisions = ledger.divisions
    county = divisions.county_name
    # An industrial zone without villages of its own is where such a warehouse stands; else the county seat.
    virtual = [i for i, village in enumerate(divisions.villages) if "虚拟" in village.name]
    village = virtual[0] if virtual else divisions.village_in(divisions.seat)
    area = divisions.villages[village].code
    name = f"{county}进口冷链食品集中监管总仓"
    keeper = ledger.organise(Organisation(name, "warehouse", "warehouse", area, ResponsibleKind.UNIT, Body.COMPANY))
    least, per = par.PORTERS
    staff = least + population // per + par.KEEPERS + par.INSPECTORS
    total = ledger.enter(Site(Group.WAREHOUSE, PlaceKind.WAREHOUSE, name, village, keeper, 1.0, staff, "warehouse"))
    least, per = par.COLD_ROOMS
    for number in range(1, least + population // per + 1):
        ledger.enter(Site(Group.COLD_ROOM, PlaceKind.COLD_ROOM, f"总仓{number}号冷库", village, keeper, parent=total))
    fleets = (
        (Group.TRUCK, f"{county}顺达冷链配送有限公司", par.DELIVERY_TRUCKS, "冷藏配送车"),
        (Group.LONG_HAUL, f"{county}远通冷链运输有限公司", par.LONG_HAUL_TRUCKS, "冷藏半挂车"),
    )
    for owner_name in OWNERS:
        ledger.business(f"{county}{owner_name}", village, "owner")
    plate = 0
    for group, carrier, (least, per), vehicle in fleets:
        owner = ledger.business(carrier, village, "carrier")
        for _ in range(least + population // per):
            plate += 1
            name = f"{vehicle}{plate_number(7300 + 17 * plate)}"
            ledger.enter(Site(group, PlaceKind.TRUCK, name, village, owner, 1.0, 1, "truck"))


def enter_governments(ledger: Ledger, residents: np.ndarray) -> None:
    """Enter the county's regulators and the government of every township and committee of every village.

    Args: residents: int64[villages], people of each village.
    """
    divisions = ledger.divisions
    seat = divisions.village_in(divisions.seat)
    for bureau in _REGULATORS:
        name = f"{divisions.county_name}{bureau}"
        organ = Organisation(
            name, "regulator", "regulator", divisions.county_code, ResponsibleKind.REGULATOR, Body.STATE_ORGAN
        )
        _office(ledger, organ, seat, 2 + int(residents.sum()) // 6000)
    name = f"{divisions.county_name}疾病预防控制中心"
    cdc = Organisation(
        name, "regulator", "cdc", divisions.county_code, ResponsibleKind.REGULATOR, Body.PUBLIC_INSTITUTION
    )
    _office(ledger, cdc, seat, 4 + int(residents.sum()) // 7500)
    for i, township in enumerate(divisions.townships):
        committee = "管理委员会" if township.name.endswith("区") else "人民政府"
        organ = Organisation(
            f"{township.name}{committee}",
            "township",
            "government",
            township.code,
            ResponsibleKind.TERRITORY,
            Body.STATE_ORGAN,
        )
        _office(ledger, organ, divisions.village_in(i), 4 + int(residents[divisions.township_of == i].sum()) // 800)
    for i, village in enumerate(divisions.villages):
        township_name = divisions.townships[int(divisions.township_of[i])].name
        committee = "居民委员会" if "社区" in village.name else "村民委员会"
        name = f"{township_name}{village.name.removesuffix('居委会').removesuffix('村委会')}{committee}"
        organ = Organisation(
            name, "village", "committee", village.code, ResponsibleKind.TERRITORY, Body.VILLAGE_COMMITTEE
        )
        _office(ledger, organ, i, 1 + int(residents[i]) // 900)


def enter_health_care(ledger: Ledger, residents: np.ndarray) -> None:
    """Enter the county's hospitals, a health centre per township and village clinics.

    Args: residents: int64[villages], people of each village.
    """
    divisions = ledger.divisions
    seat = divisions.village_in(divisions.seat)
    population = int(residents.sum())
    for hospital, share in par.COUNTY_HOSPITALS:
        name = f"{divisions.county_name}{hospital}"
        owner = _hospital(ledger, name, divisions.county_code)
        staff = 2 + int(share * population / 2000)
        departments = (
            ("门诊部", PlaceKind.CLINIC, 6.0),
            ("发热门诊", PlaceKind.CLINIC, 1.0),
            ("住院部", PlaceKind.WARD, 0.0),
        )
        for department, kind, pull in departments:
            group = Group.CLINIC if kind == PlaceKind.CLINIC else Group.OFFICE
            count = max(1, round(staff * (0.3 if pull == 1.0 else 0.35)))
            ledger.enter(Site(group, kind, f"{name}{department}", seat, owner, pull * share, count, "hospital"))
    for i, township in enumerate(divisions.townships):
        owner = _hospital(ledger, f"{township.name}卫生院", township.code)
        people = int(residents[divisions.township_of == i].sum())
        ledger.enter(
            Site(
                Group.CLINIC,
                PlaceKind.CLINIC,
                f"{township.name}卫生院",
                divisions.village_in(i),
                owner,
                5.0,
                1 + people // 1500,
                "hospital",
            )
        )
    rule = par.SITES["clinic"]
    wanted = max(rule.at_least, round(rule.per_10k * population / 10_000))
    largest = np.argsort(-residents, kind="stable")[: min(wanted, len(residents))]
    for i in sorted(largest.tolist()):
        name = f"{divisions.named_villages[i]}卫生室"
        owner = _hospital(ledger, name, divisions.villages[i].code)
        ledger.enter(Site(Group.CLINIC, PlaceKind.CLINIC, name, i, owner, 1.0, int(rule.staff), "hospital"))


def _office(ledger: Ledger, organisation: Organisation, village: int, staff: int) -> None:
    owner = ledger.organise(organisation)
    ledger.enter(
        Site(Group.OFFICE, PlaceKind.WORK_UNIT, f"{organisation.name}办公楼", village, owner, 1.0, staff, "office")
    )


def _hospital(ledger: Ledger, name: str, area_code: str) -> int:
    return ledger.organise(
        Organisation(name, "hospital", "hospital", area_code, ResponsibleKind.UNIT, Body.PUBLIC_INSTITUTION)
    )
