"""Pages of the warehouse, the shops, the market's inspectors and the public."""
