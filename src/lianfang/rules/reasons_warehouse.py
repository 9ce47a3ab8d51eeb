"""The sentences of the total warehouse's decision tables."""

from lianfang.rules.sentence import Sentence

GOODS_MORE_ROWS = {
    "G-10": Sentence(
        "A certificate is not valid or contradicts the lot ({document}): hold",
        "证明无效或与货物不符（{document}）：暂扣",
    ),
    "G-11": Sentence("{samples} of {planned} samples taken: hold", "已采样{samples}份，应采{planned}份：暂扣"),
    "G-12": Sentence("The inner walls are not disinfected: hold", "车厢（集装箱）内壁未消毒：暂扣"),
    "G-13": Sentence("A measure or a seal holds it: hold", "已被管控或封存：暂扣"),
    "G-14": Sentence("What arrived is not what was booked: hold", "到货与预约不符：暂扣"),
}
BOOKING_ROWS = {
    "GB-1": Sentence("Booked less than {lead_s} before arrival: refuse", "预约距到货不足{lead_s}：不予受理"),
    "GB-2": Sentence("The booking lacks {field}: refuse", "预约缺少{field}：不予受理"),
    "GB-3": Sentence("Early and complete: accept", "提前且资料齐全：受理"),
}
ARRIVAL_ROWS = {
    "GA-1": Sentence("{field} is not as booked: hold", "{field}与预约不符：暂扣"),
    "GA-2": Sentence("{found} pieces arrived, {booked} were booked: hold", "到货{found}件，预约{booked}件：暂扣"),
    "GA-3": Sentence("The seal is broken or another one: hold", "铅封破损或不符：暂扣"),
    "GA-4": Sentence("As booked: take into the waiting store", "与预约一致：进入待检库"),
}
CERTIFICATE_ROWS = {
    "GD-1": Sentence("Missing: {certificate}", "缺少{certificate}"),
    "GD-2": Sentence("No longer valid: {certificate}", "{certificate}已过有效期"),
    "GD-3": Sentence("Dated in the future: {certificate}", "{certificate}签发日期晚于当日"),
    "GD-4": Sentence("Names another product: {certificate}", "{certificate}品名与货物不符"),
    "GD-5": Sentence("Names another production lot: {certificate}", "{certificate}生产批号与货物不符"),
    "GD-6": Sentence("States another weight: {certificate}", "{certificate}重量与货物不符"),
    "GD-7": Sentence("Not confirmed by a second person: {certificate}", "{certificate}尚未经第二人核验"),
    "GD-8": Sentence("Complete, valid and consistent", "证明齐全、有效、一致"),
    "GD-9": Sentence("Has another number than the booking: {certificate}", "{certificate}编号与预约不符"),
}
STEP_ROWS = {
    "GP-1": Sentence(
        "{pieces} pieces asked for, {in_stock} are there: refuse", "拟取{pieces}件，现存{in_stock}件：不准"
    ),
    "GP-2": Sentence("No piece named: refuse", "未写明件数：不准"),
    "GP-3": Sentence("Not released: may not leave", "未放行：不得出库、销售"),
    "GP-4": Sentence(
        "Held, sealed or recalled: may not leave or change", "已管控、封存或召回：不得移动、销售或改变包装"
    ),
    "GP-5": Sentence("Nothing orders its destruction: refuse", "没有销毁依据：不准"),
    "GP-6": Sentence("Positive goods are destroyed here, not sent back: refuse", "阳性货物就地无害化处理，不得退运"),
    "GP-7": Sentence("Released goods are not sent back to the sender: refuse", "已放行货物不得退运"),
    "GP-8": Sentence("Lots that do not stand alike are not merged: refuse", "状态不同的批次不得合并"),
    "GP-9": Sentence("The weight changes by repacking: refuse", "换包装前后重量不一致：不准"),
    "GP-10": Sentence("Nothing forbids it: permit", "未见禁止情形：准许"),
    "GP-11": Sentence("The code is not known, or its goods never passed the warehouse", "编码不明，或货物未经总仓"),
    "GP-12": Sentence("Still positive, or failed inspection: stays sealed", "仍为阳性或检验检疫不合格：不得解封"),
}
RECALL_ROWS = {
    "GQ-1": Sentence("The holder has not answered: open", "持有单位尚未答复：未结"),
    "GQ-2": Sentence("{left} pieces are unaccounted for: open", "有{left}件去向不明：未结"),
    "GQ-3": Sentence("{left} pieces more than were received: open", "比收货多出{left}件：未结"),
    "GQ-4": Sentence(
        "Found, sold and destroyed are all that was received: closed", "查获、已售、销毁合计等于收货：结清"
    ),
}
ROOM_ROWS = {
    "GT-1": Sentence(
        "Warmer than {limit_tenths} tenths of a degree for too long, {excursions} time(s)",
        "高于{limit_tenths}（0.1℃）超过允许时长，共{excursions}次",
    ),
    "GT-2": Sentence("Cold enough, or warmer only for a moment", "温度合格，或仅短时升高"),
}
