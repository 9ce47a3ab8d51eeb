"""Questions about investigations, by what they are about; each answers within what its reader may see."""
