"""The Chinese and English words for the closed sets, in one place for pages, notices and documents."""

from collections.abc import Mapping
from enum import StrEnum

from lianfang.rules.assay import Call, TargetResult
from lianfang.rules.commissioning import Progress
from lianfang.rules.custody import Timeliness, Whereabouts
from lianfang.rules.gate import Admission, CodeState
from lianfang.rules.goods import LotDecision
from lianfang.rules.healthcode import WayToGreen
from lianfang.rules.matching import Agreement, Match
from lianfang.rules.merging import MergeDecision
from lianfang.rules.monitor import AlarmKind
from lianfang.rules.ordering import OrderState
from lianfang.rules.profile_laboratory import ControlKind, Priority
from lianfang.rules.quality_control import RunValidity, SeriesState
from lianfang.rules.release import ReleaseDecision
from lianfang.rules.risk import RiskExtent, RiskStanding
from lianfang.rules.risk_list import ListDecision
from lianfang.rules.routing import Route
from lianfang.rules.venue import VenueStanding
from lianfang.rules.vocabulary import (
    CertificateKind,
    Colour,
    Direction,
    ExposureClass,
    Language,
    LogKind,
    MeasureKind,
    PlaceKind,
    ResponsibleKind,
    ReturnCategory,
    RiskLevel,
    SpecimenResult,
    SubjectKind,
    TaskKind,
)
from lianfang.rules.warehouse import GoodsStep, LotStage, StepDecision

WORDS: Mapping[type[StrEnum], Mapping[StrEnum, tuple[str, str]]] = {
    LogKind: {
        LogKind.STAFF_HEALTH: ("staff health", "员工健康监测"),
        LogKind.CLEANING: ("cleaning", "环境清洁"),
        LogKind.DISINFECTION: ("disinfection", "消毒"),
        LogKind.VENTILATION: ("ventilation", "通风"),
        LogKind.PROTECTION: ("personal protection", "个人防护"),
    },
    AlarmKind: {
        AlarmKind.RED_WITHOUT_EPISODE: ("red without a case or risk episode", "红码无病例或风险地区依据"),
        AlarmKind.UNUSUAL_SIGNER: ("an unusual number by one hand", "单人录入量异常"),
        AlarmKind.UNLINKED_BATCH: ("a batch of people without a link", "同批人员之间无关联"),
        AlarmKind.REMOTE_SCAN: ("in two places at once", "同时出现在两地"),
    },
    VenueStanding: {
        VenueStanding.UNWATCHED: ("its regulator looks", "待主管部门核查"),
        VenueStanding.MISSING: ("logs are missing", "台账缺失"),
        VenueStanding.IN_ORDER: ("in order", "正常"),
        VenueStanding.CLOSED: ("closed", "停业"),
    },
    TargetResult: {
        TargetResult.POSITIVE: ("positive", "阳性"),
        TargetResult.GREY: ("grey zone", "灰区"),
        TargetResult.NEGATIVE: ("negative", "阴性"),
        TargetResult.MISSING: ("no reading", "无读数"),
    },
    Call: {
        Call.POSITIVE: ("positive", "阳性"),
        Call.NEGATIVE: ("negative", "阴性"),
        Call.REPEAT: ("repeat", "复检"),
        Call.RECOLLECT: ("collect again", "重新采样"),
        Call.UNKNOWN_KIT: ("unknown kit", "试剂盒未登记"),
    },
    ControlKind: {
        ControlKind.NEGATIVE: ("negative", "阴性"),
        ControlKind.POSITIVE: ("positive", "阳性"),
        ControlKind.WEAK_POSITIVE: ("weak positive", "弱阳性"),
        ControlKind.EXTRACTION: ("extraction", "提取"),
    },
    RunValidity: {
        RunValidity.VALID: ("valid", "有效"),
        RunValidity.WARNING: ("valid, with a warning", "有效（有警告）"),
        RunValidity.INVALID: ("not valid", "无效"),
    },
    SeriesState: {
        SeriesState.IN_CONTROL: ("in control", "在控"),
        SeriesState.WARNING: ("warning", "警告"),
        SeriesState.REJECTED: ("out of control", "失控"),
        SeriesState.NOT_ESTABLISHED: ("not established yet", "尚未建立"),
    },
    Match: {
        Match.JOIN: ("join", "归并"),
        Match.REVIEW: ("a person decides", "人员判定"),
        Match.NEW: ("somebody unknown", "不在登记人员中"),
    },
    Agreement: {
        Agreement.AGREES: ("agrees", "一致"),
        Agreement.NEARLY: ("nearly", "相近"),
        Agreement.DIFFERS: ("differs", "不一致"),
        Agreement.UNKNOWN: ("unknown", "不详"),
    },
    MergeDecision: {
        MergeDecision.MERGE: ("merge", "合并"),
        MergeDecision.ASK_SECOND: ("a second person confirms", "须第二人确认"),
        MergeDecision.REFUSE: ("refuse", "不予合并"),
    },
    SubjectKind: {
        SubjectKind.PERSON: ("person", "人员"),
        SubjectKind.LOT: ("lot", "批次"),
        SubjectKind.PACKAGE: ("package", "包装件"),
        SubjectKind.SURFACE: ("surface", "环境表面"),
    },
    PlaceKind: {
        PlaceKind.HOUSEHOLD: ("household", "家庭"),
        PlaceKind.WORK_UNIT: ("work unit", "工作单位"),
        PlaceKind.CLASSROOM: ("classroom", "教室"),
        PlaceKind.DORMITORY: ("dormitory", "宿舍"),
        PlaceKind.HOTEL: ("hotel", "宾馆"),
        PlaceKind.RESTAURANT: ("restaurant", "餐馆"),
        PlaceKind.SHOP: ("shop", "商店"),
        PlaceKind.MARKET: ("market", "市场"),
        PlaceKind.CLINIC: ("clinic", "诊室"),
        PlaceKind.WARD: ("ward", "病房"),
        PlaceKind.BUS: ("bus", "公交车"),
        PlaceKind.TRAIN: ("train", "火车"),
        PlaceKind.CAR: ("car", "小汽车"),
        PlaceKind.TRUCK: ("truck", "货车"),
        PlaceKind.COLD_ROOM: ("cold room", "冷库间"),
        PlaceKind.WAREHOUSE: ("warehouse", "仓库"),
        PlaceKind.QUARANTINE_SITE: ("quarantine site", "集中隔离点"),
        PlaceKind.PUBLIC_PLACE: ("public place", "公共场所"),
        PlaceKind.CONTACT: ("direct contact", "直接接触"),
        PlaceKind.OTHER: ("other place", "其他地点"),
    },
    ResponsibleKind: {
        ResponsibleKind.TERRITORY: ("territory", "属地"),
        ResponsibleKind.REGULATOR: ("regulator", "行业"),
        ResponsibleKind.UNIT: ("unit", "单位"),
        ResponsibleKind.CITIZEN: ("citizen", "公民"),
    },
    ExposureClass: {
        ExposureClass.INDEX: ("index", "阳性对象"),
        ExposureClass.POSITIVE_LOT: ("positive lot", "阳性批次"),
        ExposureClass.CLOSE_CONTACT: ("close contact", "密切接触者"),
        ExposureClass.IMPLICATED_LOT: ("implicated goods", "涉疫物品"),
        ExposureClass.SECONDARY_CONTACT: ("contact of a close contact", "密接的密接"),
        ExposureClass.GENERAL_CONTACT: ("general contact", "一般接触者"),
        ExposureClass.POSSIBLE_SOURCE: ("possible source", "可能来源"),
        ExposureClass.NOT_EXPOSED: ("not exposed", "未暴露"),
    },
    Direction: {
        Direction.FORWARD: ("forward", "向前追踪"),
        Direction.BACKWARD: ("backward", "向后溯源"),
    },
    MeasureKind: {
        MeasureKind.ISOLATION: ("isolation", "隔离治疗"),
        MeasureKind.CENTRAL_QUARANTINE: ("central quarantine", "集中隔离"),
        MeasureKind.HOME_QUARANTINE: ("home quarantine", "居家隔离"),
        MeasureKind.HEALTH_MONITORING: ("health monitoring", "健康监测"),
        MeasureKind.TEST_SCHEDULE: ("test schedule", "定期检测"),
        MeasureKind.LOT_HOLD: ("hold", "封存"),
        MeasureKind.LOT_DESTRUCTION: ("harmless destruction", "无害化处理"),
        MeasureKind.RECALL: ("recall", "召回"),
        MeasureKind.DISINFECTION: ("disinfection", "消毒"),
        MeasureKind.PLACE_CLOSURE: ("closure of the place", "场所封闭"),
    },
    TaskKind: {
        TaskKind.REPORT: ("report upward", "上报"),
        TaskKind.LOCATE: ("find and confirm where it is", "排查定位"),
        TaskKind.TRANSFER: ("take to the quarantine site", "转运至隔离点"),
        TaskKind.ISOLATE: ("admit to isolation", "收治隔离"),
        TaskKind.NOTIFY: ("notify", "告知"),
        TaskKind.STAY_HOME: ("stay at home", "居家不外出"),
        TaskKind.CHECK_HOME: ("check the home and seal off", "上门核查落实居家条件"),
        TaskKind.DAILY_CHECK: ("check health every day", "每日健康监测"),
        TaskKind.REPORT_SYMPTOMS: ("report temperature and symptoms", "报告体温和症状"),
        TaskKind.COLLECT_SPECIMENS: ("collect specimens", "采样"),
        TaskKind.COME_FOR_TEST: ("come for the test", "按时接受检测"),
        TaskKind.SEAL_LOT: ("seal the goods in place", "就地封存"),
        TaskKind.CONFIRM_HOLD: ("confirm the hold on site", "现场核实封存"),
        TaskKind.DESTROY_LOT: ("destroy the goods", "无害化处理货物"),
        TaskKind.WITNESS_DESTRUCTION: ("witness the destruction", "监督无害化处理"),
        TaskKind.RECALL_GOODS: ("call the goods back", "召回货物"),
        TaskKind.NOTIFY_BUYERS: ("notify the buyers", "通知购货者"),
        TaskKind.DISINFECT: ("disinfect", "实施消毒"),
        TaskKind.CHECK_DISINFECTION: ("check the disinfection", "核查消毒效果"),
        TaskKind.CLOSE_PLACE: ("close the place", "封闭场所"),
        TaskKind.CONFIRM_CLOSURE: ("confirm the closure", "核实场所封闭"),
        TaskKind.VERIFY_LISTED: ("find out who listed persons are", "核实名单人员"),
        TaskKind.KEEP_LOGS: ("catch up on the logs of the place", "补登场所台账"),
        TaskKind.CHECK_VENUE: ("check a place that has fallen silent", "核查停止扫码或登记的场所"),
        TaskKind.COMMISSION_LABORATORY: ("make up for a late step of a laboratory", "补齐实验室建设逾期事项"),
    },
    SpecimenResult: {
        SpecimenResult.POSITIVE: ("positive", "阳性"),
        SpecimenResult.NEGATIVE: ("negative", "阴性"),
        SpecimenResult.INDETERMINATE: ("indeterminate", "可疑"),
    },
    ReleaseDecision: {
        ReleaseDecision.RELEASE: ("release", "解除"),
        ReleaseDecision.CONTINUE: ("continue", "继续"),
        ReleaseDecision.EXTEND: ("extend", "延长"),
    },
    RiskLevel: {
        RiskLevel.HIGH: ("high risk", "高风险"),
        RiskLevel.MIDDLE: ("medium risk", "中风险"),
        RiskLevel.LOW: ("low risk", "低风险"),
    },
    ReturnCategory: {
        ReturnCategory.HIGH: ("from a high-risk area", "高风险地区返回"),
        ReturnCategory.MIDDLE: ("from a medium-risk area", "中风险地区返回"),
        ReturnCategory.LOW: ("from a low-risk area on the lists", "名单所列低风险地区返回"),
        ReturnCategory.NEARBY: ("from near an area at risk", "风险地区周边返回"),
        ReturnCategory.OTHER: ("from elsewhere", "其他地区返回"),
    },
    RiskStanding: {
        RiskStanding.LISTED: ("listed", "列入"),
        RiskStanding.PARTLY: ("partly listed", "部分列入"),
        RiskStanding.NOT_LISTED: ("not listed", "未列入"),
        RiskStanding.UNKNOWN: ("unknown", "未知"),
    },
    RiskExtent: {
        RiskExtent.WHOLE: ("all of it", "全域"),
        RiskExtent.REST: ("all but a part", "除外部分以外"),
        RiskExtent.PART: ("a part", "部分"),
    },
    ListDecision: {
        ListDecision.TAKE_EFFECT: ("takes effect", "生效"),
        ListDecision.WAIT: ("waits for a second person", "待第二人确认"),
    },
    Whereabouts: {
        Whereabouts.COLLECTED: ("collected", "已采样"),
        Whereabouts.PACKED: ("packed", "已装箱"),
        Whereabouts.SENT: ("sent", "运送中"),
        Whereabouts.RECEIVED: ("received", "已接收"),
        Whereabouts.REJECTED: ("rejected", "已拒收"),
        Whereabouts.STORED: ("stored", "已入库"),
        Whereabouts.DESTROYED: ("destroyed", "已销毁"),
    },
    OrderState: {
        OrderState.OVERDUE: ("overdue", "逾期未采"),
        OrderState.DUE: ("due", "待采样"),
        OrderState.UPCOMING: ("upcoming", "未到采样日"),
        OrderState.COMPLETED: ("completed", "已采样"),
        OrderState.REVOKED: ("revoked", "已撤销"),
    },
    Priority: {
        Priority.URGENT: ("urgent", "特急"),
        Priority.SOON: ("soon", "急"),
        Priority.SCREENING: ("screening", "筛查"),
    },
    Route: {
        Route.STAY: ("stays", "不转送"),
        Route.SEND: ("send on", "建议转送"),
        Route.LATE: ("will be late", "将超时"),
    },
    Progress: {
        Progress.PLANNED: ("planned", "计划中"),
        Progress.NEAR: ("due soon", "临近到期"),
        Progress.LATE: ("late", "逾期"),
        Progress.DONE: ("done", "已完成"),
        Progress.DONE_LATE: ("done late", "逾期完成"),
    },
    Timeliness: {
        Timeliness.ON_TIME: ("on time", "在时限内"),
        Timeliness.LATE: ("late", "超时"),
        Timeliness.CLOSED: ("nothing awaited", "不再计时"),
    },
    Colour: {
        Colour.RED: ("red code", "红码"),
        Colour.YELLOW: ("yellow code", "黄码"),
        Colour.GREEN: ("green code", "绿码"),
    },
    Admission: {
        Admission.REFUSE: ("do not let in", "禁止进入"),
        Admission.CHECK: ("check by hand", "人工核验"),
        Admission.MEASURE: ("take the temperature", "测量体温"),
        Admission.WAIT: ("wait outside", "请在外等候"),
        Admission.ADMIT_FLAGGED: ("let in, flagged", "放行（已标记）"),
        Admission.ADMIT: ("let in", "放行"),
    },
    CodeState: {
        CodeState.AS_ISSUED: ("as issued", "与签发时一致"),
        CodeState.WITHDRAWN: ("withdrawn", "已撤回"),
        CodeState.NOW_YELLOW: ("now yellow", "已转黄码"),
        CodeState.NOW_RED: ("now red", "已转红码"),
        CodeState.NOT_LISTED: ("not on a list", "不在列表中"),
    },
    WayToGreen: {
        WayToGreen.RELEASE: ("the measure is released", "解除措施"),
        WayToGreen.NEGATIVE_TEST: ("a negative test", "检测结果为阴性"),
        WayToGreen.TIME: ("time passes", "期满"),
    },
    LotDecision: {
        LotDecision.HOLD: ("hold", "暂扣"),
        LotDecision.RELEASE: ("release", "放行"),
        LotDecision.DESTROY: ("destroy", "无害化处理"),
        LotDecision.REFUSE: ("refuse", "拒收"),
    },
    CertificateKind: {
        CertificateKind.CUSTOMS_DECLARATION: ("customs declaration", "报关单"),
        CertificateKind.QUARANTINE: ("quarantine certificate", "检验检疫证明"),
        CertificateKind.NUCLEIC_ACID: ("nucleic-acid report", "核酸检测报告"),
        CertificateKind.DISINFECTION: ("disinfection certificate", "消毒证明"),
        CertificateKind.ORIGIN: ("certificate of origin", "原产地证明"),
    },
    StepDecision: {
        StepDecision.PERMIT: ("permit", "准许"),
        StepDecision.REFUSE: ("refuse", "不准"),
    },
    GoodsStep: {
        GoodsStep.BOOKED: ("booked", "预约"),
        GoodsStep.ARRIVED: ("arrived", "到货"),
        GoodsStep.ACCEPTED: ("difference accepted", "差异确认"),
        GoodsStep.STORED: ("moved inside", "移库"),
        GoodsStep.SAMPLED: ("sampled", "采样"),
        GoodsStep.TESTED: ("tested", "检测"),
        GoodsStep.DISINFECTED: ("disinfected", "消毒"),
        GoodsStep.RELEASED: ("released", "放行"),
        GoodsStep.SPLIT: ("split", "分批"),
        GoodsStep.MERGED: ("merged", "合批"),
        GoodsStep.REPACKED: ("repacked", "换包装"),
        GoodsStep.PALLETED: ("put on a pallet", "码托盘"),
        GoodsStep.UNPALLETED: ("taken off a pallet", "拆托盘"),
        GoodsStep.DISPATCHED: ("dispatched", "出库"),
        GoodsStep.RECEIVED: ("received", "收货"),
        GoodsStep.SOLD: ("sold", "销售"),
        GoodsStep.FOUND: ("found in the market", "查获"),
        GoodsStep.SEALED: ("sealed", "封存"),
        GoodsStep.UNSEALED: ("unsealed", "解封"),
        GoodsStep.DESTROYED: ("destroyed", "无害化处理"),
        GoodsStep.RETURNED: ("sent back", "退运"),
        GoodsStep.RECALLED: ("recalled", "召回"),
    },
    LotStage: {
        LotStage.BOOKED: ("booked", "已预约"),
        LotStage.WAITING: ("waiting in the store", "在库待检"),
        LotStage.SEALED: ("stopped", "已封控"),
        LotStage.RELEASED: ("released", "已放行"),
        LotStage.IN_TRADE: ("in trade", "流通中"),
        LotStage.SOLD: ("sold", "已售完"),
        LotStage.RECALLED: ("recalled", "召回中"),
        LotStage.DESTROYED: ("destroyed", "已无害化处理"),
        LotStage.RETURNED: ("sent back", "已退运"),
        LotStage.DIVIDED: ("divided", "已分出"),
    },
}


def label(member: StrEnum, language: Language) -> str:
    """The word for a member of a closed set of the rules."""
    english, chinese = WORDS[type(member)][member]
    return chinese if language == "zh" else english
