"""What pages may load and run: everything from this site, nothing inline."""

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec

from django.http import HttpResponse

P = ParamSpec("P")

# Everything comes from this site; no inline script or style, no eval, no frames.
# Bootstrap's check marks are data: images.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# WebAssembly of this site besides: the reader of codes, where the browser has none. It allows no eval of scripts.
POLICY_WITH_WASM: Final = POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")


def allows_wasm(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Let the pages of a view run this site's WebAssembly: only for those that read codes with the camera."""

    @wraps(view)
    def answering(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(*args, **kwargs)
        response.headers["Content-Security-Policy"] = POLICY_WITH_WASM
        return response

    return answering
