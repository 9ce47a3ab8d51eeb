"""The root of every refusal the domain can give; each concrete error lives in the module that raises it."""

from typing import ClassVar


class DomainError(Exception):
    """An expected refusal with a stable ``code``; one handler maps it to HTTP, one to an exit code.

    ``message`` is an English msgid (translated at the edge); ``field`` names the form field concerned, if any.
    """

    code: ClassVar[str] = "domain_error"
    http_status: ClassVar[int] = 400
    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotFound(DomainError):
    """The thing named does not exist, or not for this actor (we do not tell which)."""

    code = "not_found"
    http_status = 404


class NotAllowed(DomainError):
    """The actor's role or area does not cover this."""

    code = "not_allowed"
    http_status = 403


class Conflict(DomainError):
    """The thing changed meanwhile; reload and decide again."""

    code = "conflict"
    http_status = 409
