"""What each kind of imported table consists of: fields, types, and the header names by which people call them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from lianfang.rules.vocabulary import CertificateKind, PlaceKind, ResponsibleKind

CODE_LENGTH = 64


class FieldType(StrEnum):
    """How the text of a field is understood."""

    CODE = "code"
    TEXT = "text"
    INSTANT = "instant"
    DATE = "date"
    INTEGER = "integer"
    DECIMAL = "decimal"
    CHOICE = "choice"
    ID_NUMBER = "id_number"
    PHONE = "phone"
    ID_FRAGMENT = "id_fragment"
    PHONE_FRAGMENT = "phone_fragment"
    USCC = "uscc"
    AREA = "area"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a table.

    choices: what is written -> what is meant, keys in lower case (CHOICE only).
    many: may be mapped to several columns; each filled one makes a row of its own.
    date_is_enough: a day without a time is taken as its first instant (INSTANT only).
    only_blank_is_missing: "NA" is a value here (it is Namibia's country code).
    column_required: values may be missing, the column may not (a file without t_out is not one of open stays).
    of_person: may be tempted to be a phone number, which is refused (CODE only).
    may_be_old: may lie before RECORDS_BEGIN (DATE only).
    """

    name: str
    type: FieldType
    required: bool = False
    aliases: tuple[str, ...] = ()
    max_length: int = 0
    choices: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    many: bool = False
    date_is_enough: bool = False
    only_blank_is_missing: bool = False
    column_required: bool = False
    may_be_old: bool = False
    of_person: bool = False


@dataclass(frozen=True, slots=True)
class TableSpec:
    """The fields of one kind of table."""

    kind: str
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field:
        """Return a field by name. Raises: KeyError."""
        for candidate in self.fields:
            if candidate.name == name:
                return candidate
        raise KeyError(name)


def _code(name: str, *aliases: str, required: bool = False, many: bool = False, of_person: bool = False) -> Field:
    return Field(name, FieldType.CODE, required, aliases, CODE_LENGTH, many=many, of_person=of_person)


def _text(name: str, length: int, *aliases: str, required: bool = False) -> Field:
    return Field(name, FieldType.TEXT, required, aliases, length)


def _instant(name: str, *aliases: str, required: bool = False, date_is_enough: bool = False) -> Field:
    return Field(name, FieldType.INSTANT, required, aliases, date_is_enough=date_is_enough)


def _date(name: str, *aliases: str) -> Field:
    return Field(name, FieldType.DATE, aliases=aliases)


def _choice(name: str, choices: Mapping[str, str], *aliases: str, required: bool = False) -> Field:
    return Field(name, FieldType.CHOICE, required, aliases, choices=MappingProxyType(dict(choices)))


# 1 and 2 are the codes of GB/T 2261.1-2003 (1 男, 2 女, 0 未知, 9 未说明).
SEXES = {
    **dict.fromkeys(("m", "male", "man", "男", "男性", "1"), "male"),
    **dict.fromkeys(("f", "female", "woman", "女", "女性", "2"), "female"),
    **dict.fromkeys(("u", "unknown", "other", "未知", "未说明", "0", "9"), "unknown"),
}
_PLACE_WORDS = {
    "家庭": PlaceKind.HOUSEHOLD, "住户": PlaceKind.HOUSEHOLD, "单位": PlaceKind.WORK_UNIT, "教室": PlaceKind.CLASSROOM,
    "宿舍": PlaceKind.DORMITORY, "酒店": PlaceKind.HOTEL, "宾馆": PlaceKind.HOTEL, "餐厅": PlaceKind.RESTAURANT,
    "饭店": PlaceKind.RESTAURANT, "商店": PlaceKind.SHOP, "超市": PlaceKind.SHOP, "市场": PlaceKind.MARKET,
    "门诊": PlaceKind.CLINIC, "病房": PlaceKind.WARD, "公交": PlaceKind.BUS, "大巴": PlaceKind.BUS,
    "火车": PlaceKind.TRAIN, "汽车": PlaceKind.CAR, "货车": PlaceKind.TRUCK, "冷库": PlaceKind.COLD_ROOM,
    "仓库": PlaceKind.WAREHOUSE, "隔离点": PlaceKind.QUARANTINE_SITE, "公共场所": PlaceKind.PUBLIC_PLACE,
    "其他": PlaceKind.OTHER,
}  # fmt: skip
PLACE_KINDS = {kind.value: kind.value for kind in PlaceKind if kind is not PlaceKind.CONTACT} | {
    word: kind.value for word, kind in _PLACE_WORDS.items()
}
RESPONSIBLE_KINDS = {kind.value: kind.value for kind in ResponsibleKind} | {
    "属地": "territory", "行业": "regulator", "单位": "unit", "公民": "citizen",
}  # fmt: skip
ORGANISATION_KINDS = {
    word: word
    for word in ("command", "township", "village", "regulator", "employer", "venue", "hospital", "warehouse")
} | {
    "指挥部": "command", "乡镇": "township", "村": "village", "社区": "village", "主管部门": "regulator",
    "企业": "employer", "单位": "employer", "学校": "employer", "场所": "venue", "医院": "hospital", "总仓": "warehouse",
}  # fmt: skip
CERTIFICATE_KINDS = {kind.value: kind.value for kind in CertificateKind} | {
    "报关单": "customs_declaration", "检验检疫证明": "quarantine", "核酸检测证明": "nucleic_acid", "消毒证明": "disinfection",
}  # fmt: skip
COVERAGES = {"walls": "walls", "packages": "packages", "内壁": "walls", "外包装": "packages"}
LINK_KINDS = {word: word for word in ("split", "merge", "repack", "package")} | {
    "拆分": "split", "合并": "merge", "换包装": "repack", "装箱": "package",
}  # fmt: skip

_SUBJECT = ("subject_code", "person_code", "人员编码", "人员编号", "对象编码", "批次编码")
_AREA = Field("area_code", FieldType.AREA, aliases=("area", "division", "区划代码", "行政区划", "地区编码", "属地编码"))
_SETTING = ("place", "infection_source", "source", "exposure", "接触场所", "暴露场所", "接触方式", "感染来源")

PRESENCES = TableSpec("presences", (
    _code("subject", *_SUBJECT, required=True),
    _code("place", "place_code", "venue", "场所编码", "场所码", "地点编码", required=True),
    _instant("t_in", "starts_at", "start", "from", "enter", "进入时间", "到达时间", "开始时间", required=True),
    Field("t_out", FieldType.INSTANT, aliases=("ends_at", "end", "until", "leave", "离开时间", "结束时间"),
          column_required=True),
))  # fmt: skip
PERSONS = TableSpec("persons", (
    _code("code", "id", "case_id", "person_id", "subject", "人员编码", "编号", "病例编号", of_person=True),
    _text("name", 100, "full_name", "姓名"),
    _choice("sex", SEXES, "gender", "性别"),
    Field("birth_date", FieldType.DATE, aliases=("date_of_birth", "dob", "birthday", "出生日期", "出生年月日"),
          may_be_old=True),
    Field("age_years", FieldType.INTEGER, aliases=("age", "年龄")),
    Field("id_number", FieldType.ID_NUMBER, aliases=("identity_number", "身份证号", "身份证号码", "公民身份号码")),
    Field("phone", FieldType.PHONE, aliases=("mobile", "telephone", "手机号", "手机号码", "联系电话", "电话")),
    _AREA,
    _code("household_code", "household", "家庭编码", "户编码", of_person=True),
    _code("work_unit_code", "work_unit", "employer", "工作单位编码", "单位编码"),
    _date("onset_date", "dt_onset", "symptom_onset", "date_of_onset", "onset", "发病日期", "发病时间"),
    _date("exposure_start_date", "dt_start_exp", "start_source", "exposure_start", "暴露开始日期"),
    _date("exposure_end_date", "dt_end_exp", "end_source", "exposure_end", "暴露结束日期"),
    _date("confirmed_date", "dt_diag", "confirm_date", "date_confirmed", "确诊日期", "确诊时间"),
    _text("setting", 300, "infection_source", "place_infect", "感染来源", "暴露场所"),
))  # fmt: skip
CONTACTS = TableSpec("contacts", (
    _code("from", "source", "infector", "来源", "感染者", required=True, many=True),
    _code("to", "exposed", "contact", "infectee", "接触者", "被感染者", required=True),
    _instant("t_in", "starts_at", "start", "开始时间"),
    _instant("t_out", "ends_at", "end", "结束时间"),
    _instant("at", "time", "接触时间"),
    _date("date", "contact_date", "接触日期"),
    _text("setting", 200, *(alias for alias in _SETTING if alias != "source")),
))  # fmt: skip
PLACES = TableSpec("places", (
    _code("code", "place", "place_code", "场所编码", "编码", required=True, of_person=True),
    _choice("kind", PLACE_KINDS, "type", "类型", "场所类型", required=True),
    _text("name", 200, "名称", "场所名称"),
    _AREA,
    _code("organisation_code", "organisation", "organization", "单位编码", "责任单位编码"),
))  # fmt: skip
LOTS = TableSpec("lots", (
    _code("code", "lot", "lot_code", "批次编码", "批次号", required=True),
    _text("product", 200, "品名", "产品", "商品名称", required=True),
    Field("country", FieldType.TEXT, aliases=("origin", "原产国", "国家"), max_length=64, only_blank_is_missing=True),
    Field("n_pieces", FieldType.INTEGER, aliases=("pieces", "件数")),
    Field("net_weight_kg", FieldType.DECIMAL, aliases=("weight_kg", "net_weight", "净重", "净重kg")),
    _text("declaration_no", 64, "declaration", "报关单号"),
    _text("quarantine_cert_no", 64, "quarantine_certificate", "检验检疫证明", "检疫证明号"),
    _text("production_lot", 64, "batch_no", "生产批号"),
    _code("owner_code", "owner", "importer", "importer_code", "货主编码", "进口商编码"),
    _instant("arrived_at", "arrival", "到仓时间", "到达时间", date_is_enough=True),
    _AREA,
))  # fmt: skip
PACKAGES = TableSpec("packages", (
    _code("code", "package", "package_code", "箱号", "包装编码", required=True),
    _code("lot_code", "lot", "批次编码", "批次号", required=True),
))  # fmt: skip
_LOT = _code("lot_code", "lot", "批次编码", "批次号", required=True)
_HANDLERS = _text("handlers", 300, "handled_by", "经手人编码", "操作人员编码")
BOOKINGS = TableSpec("bookings", (
    _code("code", "lot", "lot_code", "批次编码", "批次号", required=True),
    _text("product", 200, "品名", "产品", "商品名称", required=True),
    Field("country", FieldType.TEXT, required=True, aliases=("origin", "原产国", "国家"), max_length=64,
          only_blank_is_missing=True),
    Field("n_pieces", FieldType.INTEGER, required=True, aliases=("pieces", "件数")),
    Field("net_weight_kg", FieldType.DECIMAL, required=True, aliases=("weight_kg", "net_weight", "净重", "净重kg")),
    _text("declaration_no", 64, "declaration", "报关单号", required=True),
    _text("quarantine_cert_no", 64, "quarantine_certificate", "检验检疫证明", "检疫证明号", required=True),
    _text("production_lot", 64, "batch_no", "生产批号", required=True),
    _code("owner_code", "owner", "货主编码", required=True),
    _code("warehouse_code", "warehouse", "room", "总仓编码", "库房编码", required=True),
    _instant("due_at", "due", "appointment", "预约时间", "预计到仓时间", required=True),
    _text("vehicle", 32, "plate", "车牌号", required=True),
    _text("container_no", 32, "container", "集装箱号", "箱号", required=True),
    _text("seal_no", 32, "seal", "铅封号", required=True),
    _code("driver_code", "driver", "司机编码", required=True, of_person=True),
    _text("crew_codes", 300, "crew", "随车人员编码"),
    _text("destination", 200, "流向", "去向", required=True),
    _text("port", 100, "口岸", "入境口岸"),
    _text("hs_code", 16, "hs", "HS编码", "海关商品编码"),
    _text("plant_no", 64, "plant", "境外企业注册号"),
    _text("spec", 100, "specification", "规格"),
    _date("production_date", "produced", "生产日期"),
    Field("shelf_life_days", FieldType.INTEGER, aliases=("shelf_life", "保质期天数")),
    _text("gtin", 14, "barcode", "商品条码"),
))  # fmt: skip
CERTIFICATES = TableSpec("certificates", (
    _LOT,
    _choice("certificate", CERTIFICATE_KINDS, "kind", "证书类型", "证明类型", required=True),
    _text("number", 64, "no", "证书编号", "证明编号", required=True),
    _text("issuer", 200, "issued_by", "签发单位", "出具单位", required=True),
    Field("issued_on", FieldType.DATE, required=True, aliases=("issued", "签发日期", "出具日期")),
    _date("valid_until", "expires", "有效期至"),
    _text("product", 200, "品名", "产品", "商品名称", required=True),
    _text("production_lot", 64, "batch_no", "生产批号"),
    Field("net_weight_kg", FieldType.DECIMAL, aliases=("weight_kg", "net_weight", "净重", "净重kg")),
))  # fmt: skip
SAMPLINGS = TableSpec("samplings", (
    _LOT,
    _code("tube", "tube_code", "specimen", "采样管编码", "样本编码", required=True),
    _HANDLERS,
))  # fmt: skip
DISINFECTIONS = TableSpec("disinfections", (
    _LOT,
    _choice("coverage", COVERAGES, "what", "消毒对象", required=True),
    Field("pieces", FieldType.INTEGER, aliases=("n_pieces", "件数")),
    _text("agent", 100, "disinfectant", "消毒剂", required=True),
    _code("record_no", "record", "消毒记录编号", required=True),
    _HANDLERS,
))  # fmt: skip
LINKS = TableSpec("links", (
    _code("from", "source", "来源批次", required=True),
    _code("to", "target", "去向批次", required=True),
    _instant("at", "time", "时间", required=True),
    _choice("kind", LINK_KINDS, "type", "类型"),
))  # fmt: skip
LIST = TableSpec("list", (
    _text("name", 100, "full_name", "passenger", "姓名", "旅客姓名", "乘客姓名", "机主姓名"),
    Field("id_number", FieldType.ID_FRAGMENT,
          aliases=("identity_number", "id_no", "证件号", "证件号码", "证件号码脱敏", "身份证号",
          "身份证号码", "公民身份号码", "身份证")),
    Field("phone", FieldType.PHONE_FRAGMENT,
          aliases=("mobile", "telephone", "手机号", "手机号码", "联系电话", "电话", "联系方式")),
    Field("birth_date", FieldType.DATE, aliases=("date_of_birth", "dob", "birthday", "出生日期", "出生年月日"),
          may_be_old=True),
    _choice("sex", SEXES, "gender", "性别"),
    _text("address", 300, "home_address", "地址", "现住址", "住址", "户籍地址", "目的地地址", "家庭住址"),
    _AREA,
    _text("from_area", 200, "origin", "from", "出发地", "来源地", "始发地", "途经地", "来自", "风险地区"),
    _date("date", "travel_date", "day", "日期", "到达日期", "返回日期", "乘车日期", "离开日期", "漫游日期"),
    _text("transport", 64, "train", "flight", "vehicle", "车次", "航班", "航班号", "交通方式", "车牌号"),
    _text("seat", 32, "座位", "座位号", "席位"),
))  # fmt: skip
ORGANISATIONS = TableSpec("organisations", (
    _code("code", "organisation", "organisation_code", "单位编码", "编码", required=True),
    _text("name", 200, "名称", "单位名称", required=True),
    _choice("responsible_kind", RESPONSIBLE_KINDS, "responsibility", "责任类型", required=True),
    _choice("kind", ORGANISATION_KINDS, "type", "类型", "单位类型", required=True),
    _AREA,
    Field("uscc", FieldType.USCC, aliases=("credit_code", "统一社会信用代码", "社会信用代码")),
))  # fmt: skip

_KINDS = (
    PERSONS, PLACES, PRESENCES, CONTACTS, ORGANISATIONS, LOTS, PACKAGES, LINKS, LIST, BOOKINGS, CERTIFICATES, SAMPLINGS,
    DISINFECTIONS,
)  # fmt: skip
SPECS: Mapping[str, TableSpec] = MappingProxyType({spec.kind: spec for spec in _KINDS})
