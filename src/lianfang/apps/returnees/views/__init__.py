"""Pages of people coming back: for themselves, for staff, to print, and today's list."""
