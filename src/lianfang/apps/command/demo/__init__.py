"""The demonstration: an invented county and its incident, entered through the same services as real input."""

from lianfang.apps.command.demo.bench import play_bench
from lianfang.apps.command.demo.county import load_county
from lianfang.apps.command.demo.incident import Response, play_incident
from lianfang.apps.command.demo.laboratories import play_laboratories
from lianfang.apps.command.demo.public import citizens_phone, tell_public
from lianfang.apps.command.demo.returnees import play_returnees
from lianfang.apps.command.demo.venues import open_venues
from lianfang.apps.command.demo.warehouse import play_warehouse

__all__ = [
    "Response",
    "citizens_phone",
    "load_county",
    "open_venues",
    "play_bench",
    "play_incident",
    "play_laboratories",
    "play_returnees",
    "play_warehouse",
    "tell_public",
]
