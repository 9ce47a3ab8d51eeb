"""The evidence log's head, signed every minute that it grew, and checked against the log as it is now."""

from collections.abc import Iterator
from datetime import datetime

from lianfang.apps.core import log
from lianfang.apps.core.integrity import Mismatch
from lianfang.apps.core.models import TreeHead
from lianfang.apps.healthcode import keys
from lianfang.apps.healthcode.models import SignedHead
from lianfang.wire import heads, snapshot
from lianfang.wire.keys import TrustList
from lianfang.wire.refusal import Refused
from lianfang.wire.sealed import point_of


def sign(*, at: datetime) -> SignedHead | None:
    """Sign the newest head unless it is signed already; None while the log is empty. Safe beside itself."""
    newest = log.newest_head()
    if newest is None:
        return None
    head = heads.Head(newest.size, bytes(newest.root), int(at.timestamp()))
    content = heads.sign_head(head, keys.root_key())
    made, _ = SignedHead.objects.get_or_create(size=newest.size, defaults={"content": content, "signed_at": at})
    return made


def newest_signed(*, at: datetime) -> tuple[SignedHead, heads.Head] | None:
    """Return the newest signed head and what it says; the first one is signed now. None while the log is empty."""
    row = SignedHead.objects.order_by("-size").first() or sign(at=at)
    return None if row is None else (row, heads.open_head(bytes(row.content), _root()))


def for_phones(*, at: datetime) -> dict[str, int | str] | None:
    """Return the newest signed head as phones ask for it, by both keys of `phone_keys`; None while the log is empty."""
    found = newest_signed(at=at)
    if found is None:
        return None
    row, said = found
    return {
        "size": said.size,
        "root": said.root.hex(),
        "signed": bytes(row.content).hex(),
        "signed_es256": heads.sign_head(said, keys.p256_key()).hex(),
    }


def phone_keys() -> dict[str, str]:
    """Return the public keys that phones keep, in hex: Ed25519, and P-256 as browsers import it."""
    return {"ed25519": keys.root_key().public().hex(), "es256": point_of(keys.p256_key().public()).hex()}


def _root() -> TrustList:
    return snapshot.root_of(keys.root_key().public())


def check_signed() -> Iterator[Mismatch]:
    """Compare every signed head with the log's own of that size: a log rewritten as a whole still differs."""
    root = _root()
    for row in SignedHead.objects.order_by("size").iterator():
        try:
            head = heads.open_head(bytes(row.content), root)
        except Refused:
            yield Mismatch(f"healthcode_signedhead {row.pk}", "bears no signature of the root key")
            continue
        now = TreeHead.objects.filter(size=head.size).first()
        if head.size != row.pk or now is None or bytes(now.root) != head.root:
            yield Mismatch(f"core_treehead {head.size}", "is not the head that was signed: the log was rewritten")
