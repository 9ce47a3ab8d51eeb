"""Lianfang (联防): joint defence of people and goods against an epidemic, for one county."""
