"""Administrative divisions (and later risk areas)."""
