"""The combined pages keep no tables of their own."""
