"""The answer to a small question of one generation, links and cumulative rules apart: the same rows in far fewer steps."""

import numpy as np
import pyarrow as pa

from lianfang.trace.grouping import FEW_PIECES, blocks_of, gather
from lianfang.trace.kernels_direct import rows_of_edges
from lianfang.trace.kernels_scan import cut_stays
from lianfang.trace.model import EDGES_SCHEMA
from lianfang.trace.problem import NOBODY, Problem, check_sums
from lianfang.trace.tables import Answer, exposures_of_rows

FEW_SEEDS = 8
FROM_KNOWN = "from the known"
# Not `empty_table`, which imports pandas: two seconds of every start.
NO_EDGES_TABLE = pa.Table.from_batches([], schema=EDGES_SCHEMA)


def is_direct(problem: Problem) -> bool:
    """Whether `answer_directly` may be asked."""
    query = problem.query
    if query.generations > 1 or query.with_edges or query.everyone or len(problem.seeds) > FEW_SEEDS:
        return False
    return not len(problem.links.nodes) and not np.count_nonzero(problem.terms.cumulative)


def answer_directly(problem: Problem) -> Answer | None:
    """The answer, on the caller's thread; the state is given back clean. None, with nothing changed, if it is not small."""
    state, index = problem.state, problem.index
    pieces = gather(problem, cut_stays, problem.seeds, state.pieces)
    if len(pieces) >= FEW_PIECES:
        return None
    blocks = blocks_of(problem, pieces, (0, len(pieces)))
    edges = blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
    check_sums(problem, len(edges))
    given, scratch = (problem.labels, problem.names, index.places), (state.marks.position, state.stamps(1)[0])
    wide, narrow = rows_of_edges(edges, given, scratch, (problem.sign, index.origin))
    state.keep_blocks(blocks)
    problem.clear(NOBODY)
    plan = {"round": 1, "source_stays": len(pieces), "plan": "edges", "rows_scanned": len(pieces)}
    return Answer(
        exposures=exposures_of_rows(wide, narrow),
        edges=NO_EDGES_TABLE,
        n_edges=len(edges),
        plan=FROM_KNOWN,
        rounds=[{**plan, "reached_or_improved": wide.shape[1]}],
        latest_entry=index.latest_entry,
    )
