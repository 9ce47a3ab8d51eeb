"""One installation on one machine: its directory, its keys, its database server, its processes."""
