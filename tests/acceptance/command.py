"""The command on real presences."""

import subprocess
import sys
from pathlib import Path

import polars as pl

LIANFANG = Path(sys.executable).with_name("lianfang")


def pairs(presences: Path, *options: str) -> int:
    """Distinct unordered pairs among the edges the command writes."""
    edges = presences.with_suffix(".edges.parquet")
    command = [str(LIANFANG), "trace", str(presences), "--index", "all", *options, "--edges", str(edges)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    a, b = pl.col("source"), pl.col("exposed")
    return pl.read_parquet(edges).select(pl.min_horizontal(a, b), pl.max_horizontal(a, b).alias("other")).n_unique()
