"""What is done about doors: they are enrolled, their batches are taken in, and what they told is followed up."""

from lianfang.apps.gates.services.enrolling import DoorTaken, PlaceNotFound, enrol, withdraw
from lianfang.apps.gates.services.following import follow, follow_batch
from lianfang.apps.gates.services.leasing import set_limit
from lianfang.apps.gates.services.taking import DoorUnknown, Taken, take

__all__ = [
    "DoorTaken",
    "DoorUnknown",
    "PlaceNotFound",
    "Taken",
    "enrol",
    "follow",
    "follow_batch",
    "set_limit",
    "take",
    "withdraw",
]
