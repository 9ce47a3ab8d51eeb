"""Template filters of people coming back."""
