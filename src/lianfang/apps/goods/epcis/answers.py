"""How the EPCIS API answers: versions and limits in the headers, problems as application/problem+json with pointers."""

import json
from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.middleware import note_attempt
from lianfang.apps.goods.epcis.selectors.querying import NOT_ANSWERED
from lianfang.apps.goods.epcis.services.capturing import EVENT_LIMIT, SIZE_LIMIT, DocumentRefused

PREFIX: Final = "/api/epcis/"
VERSIONS: Final = {
    "GS1-EPCIS-Version": "2.0.0",
    "GS1-EPCIS-Min": "2.0.0",
    "GS1-EPCIS-Max": "2.0.0",
    "GS1-CBV-Version": "2.0.0",
    "GS1-CBV-Min": "2.0.0",
    "GS1-CBV-Max": "2.0.0",
}
FORMATS: Final = {"GS1-EPC-Format": "Never_Translates", "GS1-CBV-XML-Format": "Never_Translates"}
LIMITS: Final = {
    "GS1-EPCIS-Capture-Limit": str(EVENT_LIMIT),
    "GS1-EPCIS-Capture-File-Size-Limit": str(SIZE_LIMIT),
    "GS1-Capture-Error-Behaviour": "rollback, proceed",
}
_TYPES: Final = {
    400: "ValidationException",
    403: "SecurityException",
    404: "NoSuchResourceException",
    409: "ResourceAlreadyExistsException",
    413: "CaptureLimitExceededException",
}
_OF_CODE: Final = {
    "query_invalid": "QueryParameterException",
    "query_too_large": "QueryTooLargeException",
    "receiver_refused": "URITypeException",
    "query_not_found": "NoSuchNameException",
}
# What this repository leaves out, said on every resource.
LEFT_OUT: Final = {
    "formats": ["application/xml"],
    "queryParameters": list(NOT_ANSWERED),
    "subscriptions": ["WebSocket", "schedules by second, hour, day or month"],
    "masterData": "stored with the document, not queried",
    "epcFormat": "identifiers are answered as they came, and matched whichever way they are written",
}


def answered(
    content: Any = None, *, status: int = 200, headers: Mapping[str, str] | None = None, kind: str = "application/json"
) -> HttpResponse:
    """Return an answer with the versions it is of."""
    body = b"" if content is None else json.dumps(content, ensure_ascii=False).encode()
    return HttpResponse(body, status=status, content_type=kind, headers={**VERSIONS, **(headers or {})})


def options(*methods: str) -> HttpResponse:
    """Return what a resource understands, and what is left out."""
    headers = {"Allow": ", ".join((*methods, "OPTIONS")), **FORMATS, **LIMITS}
    return answered({"notSupported": LEFT_OUT}, headers=headers)


def problem(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Return a refusal as RFC 7807 problem details; what is wrong in a document has JSON pointers."""
    note_attempt(request, error)
    kind = _OF_CODE.get(error.code) or _TYPES.get(error.http_status, "ImplementationException")
    content: dict[str, Any] = {
        "type": f"epcisException:{kind}",
        "title": error.message,
        "status": error.http_status,
        "code": error.code,
    }
    if error.field:
        content["parameter"] = error.field
    if isinstance(error, DocumentRefused):
        content["errors"] = [{"pointer": pointer, "code": code} for pointer, code in error.problems]
    return answered(content, status=error.http_status, kind="application/problem+json")
