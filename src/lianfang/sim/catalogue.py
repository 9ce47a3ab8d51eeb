"""Imported cold-chain food as it reached Shanxi in 2020: goods, importers and the papers a lot travels with.

Commodity codes are those of the customs tariff [recalled]; plants are invented in the form of the exporting country,
as are importers and owners.
"""

from typing import NamedTuple


class Product(NamedTuple):
    """One kind of imported food as it is declared."""

    name: str
    product_class: str  # three levels: 水产 > 甲壳类 > 虾
    hs_code: str
    country: str  # ISO 3166-1 alpha-2
    plant: str  # registration of the overseas plant
    spec: str
    piece_kg: float
    shelf_life_days: int
    temp_max_c: int
    port: str


SHRIMP = Product(
    "冻南美白虾", "水产/甲壳类/虾", "0306179090", "EC", "EC-654", "20kg/箱 (10×2kg) 40-50", 20.0, 730, -18, "天津新港"
)
BEEF = Product("冻去骨牛肉", "畜肉/牛肉/去骨", "0202300090", "BR", "BR-SIF2015", "25kg/箱", 25.0, 730, -18, "上海洋山")
PRODUCTS = (
    SHRIMP,
    BEEF,
    Product("冻鳕鱼", "水产/鱼类/鳕", "0303630000", "RU", "RU-CH39B", "22.5kg/件", 22.5, 540, -18, "大连港"),
    Product("冻带骨猪肉", "畜肉/猪肉/带骨", "0203290090", "ES", "ES-10.04719", "20kg/箱", 20.0, 730, -18, "天津新港"),
    Product("冻鸡爪", "禽肉/鸡/爪", "0207142200", "BR", "BR-SIF1001", "15kg/箱", 15.0, 540, -18, "青岛港"),
    Product("冻三文鱼", "水产/鱼类/鲑", "0303130000", "CL", "CL-8264", "20kg/箱", 20.0, 730, -18, "上海洋山"),
    Product("冻带鱼", "水产/鱼类/带鱼", "0303899090", "IN", "IN-1172", "10kg/箱", 10.0, 540, -18, "青岛港"),
    Product("冻鱿鱼", "水产/软体类/鱿鱼", "0307439000", "PE", "PE-P128", "20kg/箱", 20.0, 540, -18, "大连港"),
    Product("冻羊排", "畜肉/羊肉/带骨", "0204420000", "NZ", "NZ-ME56", "18kg/箱", 18.0, 730, -18, "天津新港"),
)

# Name and the first eight characters of the credit code: company, registered at the port.
IMPORTERS = (
    ("天津港丰国际贸易有限公司", "91120116"),
    ("大连海润水产进出口有限公司", "91210213"),
    ("青岛蓝湾食品进出口有限公司", "91370212"),
    ("上海洋诚国际贸易有限公司", "91310115"),
)
OWNERS = ("冷冻食品批发有限公司", "水产品经营有限公司", "肉类食品有限公司")  # of the county
CONTAINER_OWNERS = ("MSKU", "TGHU", "CSLU", "OOLU")
