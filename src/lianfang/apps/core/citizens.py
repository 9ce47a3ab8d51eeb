"""Citizens without an account: a phone proven by a one-time code gives a short session of its own, apart from the staff's.

Nothing here asks whether a phone is known to the county: the answers cannot differ by it.
"""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from lianfang.apps.core import audit, identity, sms
from lianfang.apps.core.errors import DomainError
from lianfang.apps.core.locks import Lock, wait_for
from lianfang.apps.core.models import PhoneCode

SESSION_COOKIE, ASKED_COOKIE = "lianfang_citizen", "lianfang_phone"
_SALT = "lianfang.citizen"
_KEPT = timedelta(days=2)


class TooManyCodes(DomainError):
    """This phone has been sent as many codes as are good for it."""

    code = "too_many_codes"
    http_status = 429


class CodeRefused(DomainError):
    """The code is wrong, used, too old or was guessed at too often; which of these is not told."""

    code = "code_refused"
    http_status = 422


class TextsUnavailable(DomainError):
    """This installation has no way of sending texts."""

    code = "texts_unavailable"
    http_status = 503


class NotAMobile(DomainError):
    """Only mobile phones receive texts."""

    code = "not_a_mobile"
    http_status = 422


@dataclass(frozen=True, slots=True, repr=False)
class Citizen:
    """Whoever holds a phone: its number, the keyed hash persons are found by, and until when that counts."""

    proof: int
    phone: str
    phone_hash: bytes
    until: datetime

    @property
    def masked(self) -> str:
        """The number as pages show it."""
        return identity.mask_number(self.phone)


@transaction.atomic
def send_code(*, phone: str, at: datetime) -> PhoneCode:
    """Send a new code; earlier ones of other browsers stay good.

    Raises: TextsUnavailable, IdentityInvalid, NotAMobile, TooManyCodes.
    """
    if not sms.is_available():
        raise TextsUnavailable("Texts cannot be sent here.")
    number = identity.clean_phone(phone)
    if not number.startswith("1"):
        raise NotAMobile("Give a mobile number: codes come as a text.", field="phone")
    phone_hash = identity.search_hash(number)
    _wait_for_others(phone_hash)
    PhoneCode.objects.filter(created_at__lt=at - _KEPT).delete()
    _refuse_too_many(phone_hash, at)
    code = "".join(secrets.choice("0123456789") for _digit in range(settings.PHONE_CODE_DIGITS))
    handle = secrets.token_urlsafe(32)
    row = PhoneCode.objects.create(
        handle=handle,
        phone_hash=phone_hash,
        phone_cipher=identity.encrypt(number),
        code_hash=_hash_of(handle, code),
        created_at=at,
        expires_at=at + timedelta(seconds=settings.PHONE_CODE_VALID_S),
    )
    minutes = settings.PHONE_CODE_VALID_S // 60
    words = _("[Lianfang] %(code)s is your code, good for %(minutes)d minutes. Give it to nobody.")
    sms.queue(phone=number, words=words % {"code": code, "minutes": minutes}, at=at, expires_at=row.expires_at)
    return row


def send_again(*, handle: str, at: datetime) -> PhoneCode:
    """Send another code to the phone an earlier one was asked for. Raises: CodeRefused, TooManyCodes."""
    row = PhoneCode.objects.filter(handle=handle, proven_at__isnull=True).first()
    if row is None:
        raise CodeRefused("Ask for a new code.")
    return send_code(phone=identity.decrypt(row.phone_cipher), at=at)


def prove_phone(*, handle: str, code: str, at: datetime) -> str:
    """Exchange a code, once, for the key of a session. Raises: CodeRefused, the same for whatever is wrong."""
    key = secrets.token_urlsafe(32)
    # The attempt counts whatever comes of it, so the refusal is raised outside.
    with transaction.atomic():
        row = PhoneCode.objects.select_for_update().filter(handle=handle).first()
        is_right = hmac.compare_digest(bytes(row.code_hash) if row else b"", _hash_of(handle, code))
        is_open = row is not None and _is_open(row, at)
        if row is not None and is_open:
            row.n_attempts += 1
            if is_right:
                row.proven_at, row.session_hash = at, _session_hash(key)
            row.save(update_fields=["n_attempts", "proven_at", "session_hash"])
            action = "citizen.phone_proven" if is_right else "citizen.code_refused"
            audit.record(action, by=None, at=at, proof=row.pk)
    if not (is_open and is_right):
        raise CodeRefused("This code is wrong or no longer good.", field="code")
    return key


def end_session(*, citizen: Citizen, at: datetime) -> None:
    """End a session early: on a phone that is lent, or on somebody else's computer."""
    PhoneCode.objects.filter(pk=citizen.proof, ended_at__isnull=True).update(ended_at=at)


def session_of(key: str, *, at: datetime) -> Citizen | None:
    """Return whom a session's key belongs to, if it still counts."""
    row = PhoneCode.objects.filter(session_hash=_session_hash(key), ended_at__isnull=True).first()
    if row is None or row.proven_at is None:
        return None
    until = row.proven_at + timedelta(seconds=settings.PHONE_SESSION_S)
    if until <= at:
        return None
    return Citizen(row.pk, identity.decrypt(row.phone_cipher), bytes(row.phone_hash), until)


def citizen_of(request: HttpRequest) -> Citizen | None:
    """Return the citizen of a request, asked once."""
    holder = cast("Any", request)
    if not hasattr(holder, "_citizen"):
        key = request.get_signed_cookie(SESSION_COOKIE, None, salt=_SALT, max_age=settings.PHONE_SESSION_S)
        holder._citizen = session_of(key, at=timezone.now()) if key else None
    found: Citizen | None = holder._citizen
    return found


def acting(request: HttpRequest) -> Citizen:
    """Return the citizen of a page under `@citizen`. Raises: CodeRefused where there is none."""
    found = citizen_of(request)
    if found is None:
        raise CodeRefused("Prove your phone first.")
    return found


def is_proven_by(request: HttpRequest, phone: str) -> bool:
    """Return whether whoever asks has proven to hold this phone."""
    found = citizen_of(request)
    try:
        return found is not None and found.phone == identity.clean_phone(phone)
    except identity.IdentityInvalid:
        return False


Params = ParamSpec("Params")
View = Callable[Concatenate[HttpRequest, Params], HttpResponse]


def citizen(view: View[Params]) -> View[Params]:
    """Decorate a page for citizens: whoever has not proven a phone does that first, then comes back."""

    @login_not_required
    @wraps(view)
    def proven(request: HttpRequest, *args: Params.args, **kwargs: Params.kwargs) -> HttpResponse:
        if citizen_of(request) is None:
            back = request.get_full_path() if request.method == "GET" else request.path
            return redirect(f"{reverse('citizen_phone')}?{urlencode({'next': back})}")
        response = view(request, *args, **kwargs)
        response.headers["Cache-Control"] = "private, no-store"
        return response

    cast("Any", proven).is_for_citizens = True
    return cast("View[Params]", proven)


def remember(response: HttpResponse, cookie: str, value: str, *, seconds: int) -> None:
    """Keep a handle or session key in this browser only: signed, out of scripts' reach, not sent by other sites."""
    response.set_signed_cookie(
        cookie,
        value,
        salt=_SALT,
        max_age=seconds,
        secure=settings.BEHIND_TLS,
        httponly=True,
        samesite="Lax",
    )


def asked_handle(request: HttpRequest) -> str:
    """Return the handle of the code this browser asked for; empty if there is none."""
    return request.get_signed_cookie(ASKED_COOKIE, "", salt=_SALT, max_age=settings.PHONE_CODE_VALID_S) or ""


def _hash_of(handle: str, code: str) -> bytes:
    return identity.search_hash(f"phone-code:{handle}:{code}")


def _session_hash(key: str) -> bytes:
    return identity.search_hash(f"citizen-session:{key}")


def _is_open(row: PhoneCode, at: datetime) -> bool:
    return row.proven_at is None and at < row.expires_at and row.n_attempts < settings.PHONE_CODE_ATTEMPTS


def _wait_for_others(phone_hash: bytes) -> None:
    """Let requests for one phone come one after the other, so that the limits hold."""
    wait_for(Lock.CITIZEN_PHONE, int.from_bytes(phone_hash[:4], signed=True))


def _refuse_too_many(phone_hash: bytes, at: datetime) -> None:
    sent = list(PhoneCode.objects.filter(phone_hash=phone_hash).values_list("created_at", flat=True))
    for n, seconds in settings.PHONE_CODES_PER_PHONE:
        if sum(created_at > at - timedelta(seconds=seconds) for created_at in sent) >= n:
            raise TooManyCodes("A code is on its way to this number. Wait before you ask for another.", field="phone")
