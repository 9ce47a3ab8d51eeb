"""The county's presences in the layout the trace reads: segments on disk, derived from PostgreSQL, rebuilt at will.

`manifest` says what the segments hold, `rows` reads the days' rows, `keeping` writes, `reading` opens, `checking` compares.
"""

from lianfang.apps.places.segments.checking import Comparison, compare
from lianfang.apps.places.segments.keeping import Kept, update
from lianfang.apps.places.segments.manifest import Manifest, SegmentEntry, read_manifest
from lianfang.apps.places.segments.reading import Current, Status, current, status

__all__ = [
    "Comparison",
    "Current",
    "Kept",
    "Manifest",
    "SegmentEntry",
    "Status",
    "compare",
    "current",
    "read_manifest",
    "status",
    "update",
]
