"""The kinds of tables that can be imported, and the service of each."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Protocol

from lianfang.apps.core.imports import AS_WRITTEN, ImportOptions, Outcome, Progress, silent
from lianfang.apps.core.models import User
from lianfang.apps.core.organisations import import_organisations
from lianfang.apps.goods.services import import_links, import_lots, import_packages
from lianfang.apps.people.services import import_persons
from lianfang.apps.places.selectors import place_ids
from lianfang.apps.places.services import import_contacts, import_places, import_presences
from lianfang.formats.tables import Source


class Importer(Protocol):
    """The one form all import services have. Raises: FileUnusable, ImportRefused; then nothing was stored."""

    def __call__(
        self,
        source: Source,
        *,
        by: User | None,
        at: datetime,
        options: ImportOptions = AS_WRITTEN,
        progress: Progress = silent,
    ) -> Outcome:
        """Import a table and return its reconciliation."""
        ...  # pragma: no cover


# In the order in which a county's tables build on each other.
IMPORTERS: Mapping[str, Importer] = MappingProxyType(
    {
        "organisations": import_organisations,
        "places": import_places,
        "persons": partial(import_persons, household_ids=place_ids),
        "lots": import_lots,
        "packages": import_packages,
        "links": import_links,
        "presences": import_presences,
        "contacts": import_contacts,
    }
)
