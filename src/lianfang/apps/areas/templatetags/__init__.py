"""Template tags of the areas."""
