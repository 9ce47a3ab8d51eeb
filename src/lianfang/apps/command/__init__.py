"""Pages that combine apps: desk, search, person, lot and place pages, imports, tasks."""
