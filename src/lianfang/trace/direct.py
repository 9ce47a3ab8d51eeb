"""The answer to a small question of one generation, without links, controls or cumulative rules, in far fewer steps."""

import numpy as np
import pyarrow as pa

from lianfang.trace.index import PresenceIndex
from lianfang.trace.kernels_direct import ONE_RANGE, Desk, Frame, answer_few, begin_few, end_few, rows_of_edges
from lianfang.trace.kernels_edges import edges_from_known
from lianfang.trace.kernels_scan import Terms, View, cut_stays
from lianfang.trace.model import EDGES_SCHEMA, Facts, Int64, PlaceKinds, TraceQuery
from lianfang.trace.problem import NOBODY, check_sums, terms_of, windows_by_subject
from lianfang.trace.state import FEW_PIECES
from lianfang.trace.tables import LAYOUT, Answer, exposures_of_words

FEW_SEEDS = 8
NO_WINDOW = (0, 0)
FROM_KNOWN = "from the known"
# Not `empty_table`, which imports pandas: two seconds of every start.
NO_EDGES_TABLE = pa.Table.from_batches([], schema=EDGES_SCHEMA)


def is_direct(query: TraceQuery, facts: Facts) -> bool:
    """Whether `answer_directly` may be asked."""
    if query.generations > 1 or query.with_edges or query.everyone or len(query.windows) > FEW_SEEDS:
        return False
    if facts.controls is not None or (facts.links is not None and len(facts.links.at)):
        return False
    return not (query.rule.cumulative or any(rule.cumulative for rule in query.rules_by_kind.values()))


def answer_directly(query: TraceQuery, index: PresenceIndex, place_kind: PlaceKinds | None) -> Answer | None:
    """The answer, on the caller's thread. None, with nothing changed, if it is not small."""
    sign = 1 if query.direction == "forward" else -1
    windows = np.array(
        [(who, *span) for who, spans in windows_by_subject(query).items() for span in spans or [NO_WINDOW]],
        dtype=np.int64,
    ).reshape(-1, 3)
    state, terms = index.states.take(0), terms_of(query, index, place_kind, sign)
    desk, frame = state.desk, Frame(index.subjects, index.places, sign, index.origin, LAYOUT)
    desk.block.n[0] = 0
    if len(index.views) == 1:
        n_pieces, n_edges, n, words = answer_few(index.views[0], terms, windows, desk, frame)
    else:
        n_pieces, n_edges, n, words = _in_steps(index.views, terms, windows, desk, frame)
    index.states.give_back(state)
    if n_pieces > FEW_PIECES:
        return None
    check_sums(index, query, n_edges)
    plan = {"round": 1, "source_stays": n_pieces, "plan": "edges", "rows_scanned": n_pieces}
    return Answer(
        exposures=exposures_of_words(words, n),
        edges=NO_EDGES_TABLE,
        n_edges=n_edges,
        plan=FROM_KNOWN,
        rounds=[{**plan, "reached_or_improved": n}],
        latest_entry=index.latest_entry,
    )


def _in_steps(
    views: tuple[View, ...], terms: Terms, windows: Int64, desk: Desk, frame: Frame
) -> tuple[int, int, int, Int64]:
    """What `answer_few` gives, from an index of several shelves."""
    codes, sources = begin_few(desk, frame.subjects, windows, frame.sign)
    model, block, pieces, n_pieces, n, words = (terms, sources), desk.block, desk.pieces, 0, 0, NOBODY
    for view in views:
        n_pieces = cut_stays(view, model, codes, pieces, n_pieces)
    if n_pieces <= len(pieces):
        out = (block, ONE_RANGE, frame.origin)
        if any(edges_from_known(view, model, pieces, (0, n_pieces), out)[1] for view in views):
            n_pieces = len(pieces) + 1
        else:
            n, words = rows_of_edges(block.of_range(0), desk, frame)
    end_few(desk, codes)
    return n_pieces, int(block.n[0]), n, words
