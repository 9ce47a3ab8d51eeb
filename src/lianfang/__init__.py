"""Lianfang: a county's epidemic control over people, goods and places, as one trace and replayable decisions."""
