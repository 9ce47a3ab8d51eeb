"""Template tags of the pages that tell the public."""
