"""Health codes: colours decided from facts, the evidence behind them, and appeals against it."""
