"""Pages of the areas."""
