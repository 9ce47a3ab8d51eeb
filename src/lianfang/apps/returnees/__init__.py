"""People coming back: declarations, confirmed arrivals, and what the rules order for them (S-3)."""
