"""The answer to a small question of one generation, links and cumulative rules apart: the same rows in far fewer steps."""

import numpy as np

from lianfang.trace.grouping import FEW_PIECES, Sided, blocks_of
from lianfang.trace.kernels_direct import rows_of_edges
from lianfang.trace.model import EDGES_SCHEMA
from lianfang.trace.problem import NOBODY, Problem, check_sums
from lianfang.trace.tables import Answer, exposures_of_rows

NO_EDGES_TABLE = EDGES_SCHEMA.empty_table()
FROM_KNOWN = "from the known"


def is_direct(problem: Problem, sided: Sided) -> bool:
    """Whether `answer_directly` may be asked."""
    query = problem.query
    is_small = query.generations == 1 and not query.with_edges and not query.everyone and len(sided.pieces) < FEW_PIECES
    return is_small and not len(problem.links.nodes) and not problem.terms.cumulative.any()


def answer_directly(problem: Problem, sided: Sided) -> Answer:
    """The answer, on the caller's thread; the state is given back clean."""
    state, index = problem.state, problem.index
    blocks = blocks_of(problem, sided.pieces, (0, len(sided.pieces)))
    edges = blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
    check_sums(problem, len(edges))
    given = (problem.labels, problem.names, index.places)
    wide, narrow = rows_of_edges(
        edges, given, (state.marks.position, state.stamps(1)[0]), (problem.sign, index.origin)
    )
    state.keep_blocks(blocks)
    problem.clear(NOBODY)
    plan = {"round": 1, "source_stays": len(sided.pieces), "plan": "edges", "rows_scanned": sided.rows}
    return Answer(
        exposures=exposures_of_rows(wide, narrow),
        edges=NO_EDGES_TABLE,
        n_edges=len(edges),
        plan=FROM_KNOWN,
        rounds=[{**plan, "reached_or_improved": wide.shape[1]}],
        latest_entry=index.latest_entry,
    )
