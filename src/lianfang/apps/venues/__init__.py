"""Key places: their limit and who is inside, the logs they keep, and that none falls silent unnoticed."""
