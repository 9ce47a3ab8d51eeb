"""What witnesses of the evidence log ask for: its newest head, and proof that it only ever grew."""

from lianfang.apps.core.errors import NotFound
from lianfang.apps.core.models import EvidenceEntry, TreeHead
from lianfang.wire.proofs import consistency_proof, subtrees_after
from lianfang.wire.treehead import Frontier


class HeadNotFound(NotFound):
    """The log never had a head of this size."""

    code = "log_head_not_found"


def newest_head() -> TreeHead | None:
    """Return the head of the whole log, None while it is empty."""
    return TreeHead.objects.order_by("-size").first()


def prove_growth(old: int, new: int) -> list[bytes]:
    """Return what proves that the log of `old` entries begins that of `new`. Cost: the entries between. Raises: HeadNotFound."""
    head = TreeHead.objects.filter(size=old).first()
    if head is None or new < old or not TreeHead.objects.filter(size=new).exists():
        raise HeadNotFound("The log never had a head of this size.")
    between = EvidenceEntry.objects.filter(seq__gt=old, seq__lte=new).order_by("seq")
    leaves = [bytes(leaf) for leaf in between.values_list("leaf_hash", flat=True)]
    frontier = Frontier.from_bytes(old, bytes(head.frontier))
    return consistency_proof(old, new, subtrees_after(frontier, leaves))
