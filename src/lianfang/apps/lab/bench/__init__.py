"""The bench: reagents, plates, runs of instruments, and their results put forward and signed."""
