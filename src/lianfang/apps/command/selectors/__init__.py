"""Questions of the combined pages: desk, tasks, person, lot, place, search."""
