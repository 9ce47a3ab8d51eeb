"""Results on their way out, to persons, to who ordered them, to other systems; and others' reports on their way in."""
