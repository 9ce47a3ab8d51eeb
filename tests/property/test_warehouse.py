"""Random lives of a lot by the rules alone: what is forbidden never happens, and no piece is made or lost."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from lianfang.rules.goods import LotDecision, LotFacts, decide_lot, samples_needed
from lianfang.rules.profile import load_builtin
from lianfang.rules.vocabulary import ExposureClass, SpecimenResult
from lianfang.rules.warehouse import GoodsStep, StageFacts, StepDecision, StepFacts, permit_step, stage_of

PROFILE = load_builtin("covid19-2020-12")
PIECES = 120
PLACES = ("room", "truck", "shop")
G = GoodsStep


@dataclass
class Life:
    """A lot in the hands of somebody who tries everything."""

    results: list[SpecimenResult | None] = field(default_factory=list)
    disinfected: int = 0
    walls: bool = False
    papers: bool = False
    held: bool = False
    sealed: bool = False
    released: bool = False
    stock: dict[str, int] = field(default_factory=lambda: {"room": PIECES, "truck": 0, "shop": 0})
    gone: dict[GoodsStep, int] = field(default_factory=lambda: dict.fromkeys((G.SOLD, G.DESTROYED, G.RETURNED), 0))

    def decision(self) -> LotDecision:
        facts = LotFacts(
            ExposureClass.NOT_EXPOSED, True, () if self.papers else ("quarantine",), tuple(self.results), PIECES,
            self.disinfected, self.walls, (), self.held or self.sealed,
        )  # fmt: skip
        return decide_lot(facts, PROFILE).outcome

    def permits(self, step: GoodsStep, place: str, pieces: int) -> bool:
        facts = StepFacts(
            step, 1, 1 + PLACES.index(place), pieces, self.stock[place], self.released, self.held, self.sealed,
            decision=self.decision().value,
        )  # fmt: skip
        return permit_step(facts, PROFILE).outcome is StepDecision.PERMIT


facts_of_life = st.sampled_from(
    ["sample", "negative", "positive", "walls", "disinfect", "papers", "hold", "free", "seal"]
)
steps = st.tuples(
    st.sampled_from([G.RELEASED, G.STORED, G.DISPATCHED, G.RECEIVED, G.SOLD, G.DESTROYED, G.RETURNED, G.UNSEALED]),
    st.sampled_from(PLACES),
    st.integers(-1, PIECES + 1),
)


def live(life: Life, what: str) -> None:
    if what == "sample":
        life.results.append(None)
    elif what in {"negative", "positive"} and None in life.results:
        life.results[life.results.index(None)] = SpecimenResult(what)
    life.walls |= what == "walls"
    life.disinfected = PIECES if what == "disinfect" else life.disinfected
    life.papers |= what == "papers"
    life.held = what == "hold" or (life.held and what != "free")
    life.sealed |= what == "seal"


def step(life: Life, kind: GoodsStep, place: str, pieces: int) -> None:
    if kind is G.RELEASED:
        if life.decision() is LotDecision.RELEASE:
            assert life.papers
            assert life.walls
            assert life.disinfected == PIECES
            assert life.results.count(SpecimenResult.NEGATIVE) >= samples_needed(PIECES, PROFILE)
            assert set(life.results) == {SpecimenResult.NEGATIVE}
            life.released = True
        return
    if not life.permits(kind, place, pieces):
        return
    if kind in {G.DISPATCHED, G.SOLD}:
        assert life.released
        assert not life.held
        assert not life.sealed
    if kind is G.UNSEALED:
        assert SpecimenResult.POSITIVE not in life.results
        life.sealed = False
        return
    assert 0 < pieces <= life.stock[place]
    life.stock[place] -= pieces
    if kind in life.gone:
        life.gone[kind] += pieces
    else:
        life.stock[{G.DISPATCHED: "truck", G.RECEIVED: "shop", G.STORED: "room"}[kind]] += pieces


@given(st.lists(st.one_of(facts_of_life, steps), max_size=60))
def test_the_rules_never_permit_what_is_forbidden_and_quantities_balance(script: list[object]) -> None:
    life = Life(papers=True, walls=True, disinfected=PIECES, results=[SpecimenResult.NEGATIVE] * 3)
    life.papers = len(script) % 3 != 0
    for each in script:
        if isinstance(each, str):
            live(life, each)
        else:
            step(life, *each)  # type: ignore[misc]
        assert sum(life.stock.values()) + sum(life.gone.values()) == PIECES
        assert min(life.stock.values()) >= 0
        if SpecimenResult.POSITIVE in life.results:
            assert not life.permits(G.RETURNED, "room", 1)


@given(st.builds(StageFacts))
def test_every_lot_has_a_stage(facts: StageFacts) -> None:
    assert stage_of(facts).value
