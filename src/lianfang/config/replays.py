"""Which function decides a stored verdict again: rule -> function, for verdicts outside an investigation's runs."""

from collections.abc import Mapping

REPLAYS: Mapping[str, str] = {
    "screen_return": "lianfang.apps.returnees.replays.screen_again",
    "read_shared": "lianfang.apps.lab.replays.read_again",
    "judge_run": "lianfang.apps.lab.bench.replays.judge_again",
    "call_specimen": "lianfang.apps.lab.bench.replays.call_again",
    "watch_symptoms": "lianfang.apps.followup.replays.watch_again",
    "decide_release": "lianfang.apps.tracing.release_replay.release_again",
    "decide_match": "lianfang.apps.lists.matches.match_again",
    "decide_colour": "lianfang.apps.healthcode.replay.colour_again",
    "watch_venue": "lianfang.apps.venues.replay.venue_again",
    "order_aftercare": "lianfang.apps.tracing.release_replay.aftercare_again",
    "check_booking": "lianfang.apps.goods.replay.booking_again",
    "check_arrival": "lianfang.apps.goods.replay.arrival_again",
    "decide_lot": "lianfang.apps.goods.replay.lot_again",
    "permit_step": "lianfang.apps.goods.replay.step_again",
}
