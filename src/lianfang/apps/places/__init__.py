"""Places, presences and direct contacts: the raw material of every trace."""
