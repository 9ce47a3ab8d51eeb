"""Bringing places, presences and contacts into the store."""

from lianfang.apps.places.services.contacts import import_contacts
from lianfang.apps.places.services.presences import import_presences
from lianfang.apps.places.services.register import import_places
from lianfang.apps.places.services.retention import expire_presences
from lianfang.apps.places.services.surfaces import register_surface

__all__ = ["expire_presences", "import_contacts", "import_places", "import_presences", "register_surface"]
