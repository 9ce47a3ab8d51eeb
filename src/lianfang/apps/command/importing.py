"""The kinds of tables that can be imported, and the service of each."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType

from lianfang.apps.core.import_jobs import Importer
from lianfang.apps.core.imports import ImportOptions, open_reader
from lianfang.apps.core.models import User
from lianfang.apps.core.organisations import import_organisations
from lianfang.apps.core.permissions import Permission, may
from lianfang.apps.goods.services import (
    import_bookings,
    import_certificates,
    import_disinfections,
    import_links,
    import_lots,
    import_packages,
    import_samplings,
)
from lianfang.apps.lists.receiving import import_list
from lianfang.apps.people.services import import_persons
from lianfang.apps.places.selectors import place_ids
from lianfang.apps.places.services import import_contacts, import_places, import_presences

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
        "list": import_list,
        "bookings": import_bookings,
        "certificates": import_certificates,
        "samplings": import_samplings,
        "disinfections": import_disinfections,
    }
)


# Tables of one's own work need the permission for that work; all others are registers.
_NEEDS: Mapping[str, Permission] = MappingProxyType(
    {
        "bookings": Permission.BOOK_GOODS,
        "certificates": Permission.BOOK_GOODS,
        "samplings": Permission.COLLECT_SPECIMENS,
        "disinfections": Permission.HANDLE_GOODS,
    }
)


def kinds_for(user: User) -> list[str]:
    """Return the kinds of tables that a member of staff may hand in, and whose imports they may see."""
    return [kind for kind in IMPORTERS if may(user, _NEEDS.get(kind, Permission.IMPORT_REGISTERS))]


def check_first_rows(kind: str, path: Path, options: ImportOptions) -> None:
    """Find what is wrong with a file as a whole before its import is queued: columns, dates, zone.

    Raises: FileUnusable.
    """
    with open_reader(kind, path, options) as reader:
        next(reader.checked(), None)
