"""Settings, URLs and the table of reactions: the only package that sees every app."""
