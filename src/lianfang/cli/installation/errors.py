"""What can go wrong before the system is up."""


class StartError(Exception):
    """The system cannot start; the message says why and what to do about it."""

    code = "start-failed"
