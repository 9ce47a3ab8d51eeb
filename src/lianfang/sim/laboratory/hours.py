"""When a laboratory is worked, and by when it would have a tube done."""

from lianfang.sim.laboratory.plan import DAY_MIN, Laboratory


def until_open(laboratory: Laboratory, at: int, lane: int = 0) -> int:
    """Minutes until the lane is worked; 0 while it is."""
    day, minute = divmod(max(at, laboratory.opens_day * DAY_MIN), DAY_MIN)
    spans = [(each.starts * 60, each.ends * 60) for each in laboratory.worked if each.lanes > lane]
    if any(start <= minute < end for start, end in spans):
        return day * DAY_MIN + minute - at
    later = [start for start, _ in spans if start > minute]
    begins = min(later) if later else DAY_MIN + min(start for start, _ in spans)
    return day * DAY_MIN + begins - at


def ready_min(laboratory: Laboratory, at: int, ahead: int, *, way_min: int | None = None) -> int:
    """When a tube sent at that minute would have its result, with so many tubes before it: hour by hour of its shifts."""
    arrival = at + (laboratory.transport_min if way_min is None else way_min)
    begun = arrival + until_open(laboratory, arrival)
    left = float(ahead)
    while left > 0:
        hour = begun % DAY_MIN // 60
        lanes = sum(each.lanes for each in laboratory.worked if each.starts <= hour < each.ends)
        step = 60 - begun % 60
        worked = lanes * laboratory.batch * step / laboratory.extract_min
        if worked >= left:
            begun += round(step * left / worked)
            break
        left -= worked
        begun += step
    begun += until_open(laboratory, begun)
    return begun + laboratory.extract_min + laboratory.amplify_min + laboratory.sign_min
