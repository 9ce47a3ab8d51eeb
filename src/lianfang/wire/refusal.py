"""Why something that arrived over the wire is not accepted: one closed set of words."""

from enum import StrEnum


class Refusal(StrEnum):
    """What is wrong with a message, in the order in which it is looked at."""

    NOT_OURS = "not_ours"
    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    WRONG_ALGORITHM = "wrong_algorithm"
    WRONG_USE = "wrong_use"
    BAD_SIGNATURE = "bad_signature"
    KEY_NOT_IN_FORCE = "key_not_in_force"
    BAD_HOLDER = "bad_holder"
    EXPIRED = "expired"


class Refused(ValueError):
    """A message is not accepted; `reason` says why. Nothing of its content is to be used."""

    code = "wire.refused"

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.value)
        self.reason = reason
