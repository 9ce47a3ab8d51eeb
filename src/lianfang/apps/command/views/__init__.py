"""Pages that combine apps: desk, tasks, people, goods, places, search."""
