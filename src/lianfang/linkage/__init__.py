"""Which rows of a received list may be which persons of the register: Splink on DuckDB, in memory only.

Frames in, candidates out; no Django, no file, no network. What becomes of a candidate decides `rules.matching`.
The linking itself is `linkage.linking.link`: whoever imports it loads Splink and pandas, which takes two seconds.
"""

from lianfang.linkage.model import CURRENT_EDITION, Edition, load_edition
from lianfang.linkage.records import RECORD_SCHEMA, prepare

__all__ = ["CURRENT_EDITION", "RECORD_SCHEMA", "Edition", "load_edition", "prepare"]
