"""The county's presences in the layout the trace reads: segments on disk, derived from PostgreSQL, rebuilt at will.

`manifest` says what the segments hold (it needs no Django), `rows` reads the days' rows, `codes` names subjects and places,
`keeping` writes, `reading` opens, `checking` compares.
"""
