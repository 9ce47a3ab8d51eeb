"""The mathematics of pools: expected tests, decoding of overlapping pools, sensitivity lost to dilution, advice.

What may be pooled at all is a dated rule (`rules.pooling`, `rules.dilution`); this only says what it would cost.
"""
