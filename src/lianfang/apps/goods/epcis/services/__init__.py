"""Taking events in, telling subscribers, and giving the trace what foreign events say."""

from lianfang.apps.goods.epcis.services.capturing import capture, capture_one, process, take
from lianfang.apps.goods.epcis.services.mapping import map_capture
from lianfang.apps.goods.epcis.services.rendering import follow_warehouse
from lianfang.apps.goods.epcis.services.subscribing import (
    end_subscription,
    keep_query,
    remove_query,
    send,
    send_due,
    subscribe,
)
from lianfang.apps.goods.epcis.services.surroundings import follow_papers, follow_rooms

__all__ = [
    "capture",
    "capture_one",
    "end_subscription",
    "follow_papers",
    "follow_rooms",
    "follow_warehouse",
    "keep_query",
    "map_capture",
    "process",
    "remove_query",
    "send",
    "send_due",
    "subscribe",
    "take",
]
