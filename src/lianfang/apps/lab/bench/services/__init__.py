"""What is done at the bench: each use case is one function of these modules."""
