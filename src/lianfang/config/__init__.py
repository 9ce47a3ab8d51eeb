"""How the parts are put together: settings, addresses, entry points, the database and the reactions."""
