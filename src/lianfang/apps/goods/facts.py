"""What the warehouse's rules read, as known at one entry of the evidence log: for deciding, and for deciding again."""

from datetime import date, datetime
from typing import Final

from django.db.models import Q
from django.utils.timezone import localdate

from lianfang.apps.core.models import Measure
from lianfang.apps.goods.models import Certificate, CertificateCheck, GoodsEvent, Inspection, Lot, LotStanding, Package
from lianfang.apps.lab import selectors as lab
from lianfang.rules.goods import LotDecision, LotFacts, decide_lot
from lianfang.rules.profile import Profile
from lianfang.rules.vocabulary import CertificateKind, ExposureClass, MeasureKind, SpecimenResult
from lianfang.rules.warehouse import (
    CertificateFacts,
    CertificatePaper,
    GoodsStep,
    StepFacts,
    check_certificates,
    faulty,
)

HOLDING: Final = (MeasureKind.LOT_HOLD, MeasureKind.LOT_DESTRUCTION, MeasureKind.RECALL)
WALLS, PACKAGES = "walls", "packages"
_EPOCH: Final = date(1970, 1, 1)


def seconds(at: datetime) -> int:
    """Return an instant as whole epoch seconds."""
    return int(at.timestamp())


def days(day: date) -> int:
    """Return a day as a number of days since 1970-01-01."""
    return (day - _EPOCH).days


def grams(kilograms: object) -> int:
    """Return a weight as whole grams."""
    return round(float(str(kilograms or 0)) * 1000)


def events_of(lot_ids: list[int], seq: int) -> "list[GoodsEvent]":
    """Return the known steps of lots, oldest first; a step about several lots is listed with its own."""
    return list(GoodsEvent.objects.filter(lot__in=lot_ids, seq__lte=seq).order_by("seq"))


def root_of(lot_id: int) -> int:
    """Return the lot that arrived and of which this one is a part; itself if it arrived."""
    return LotStanding.objects.filter(pk=lot_id).values_list("root_id", flat=True).first() or lot_id


def certificate_facts(lot_id: int, seq: int, day: date) -> CertificateFacts:
    """Return the papers of the lot that arrived beside the lot itself."""
    lot = Lot.objects.select_related("subject").get(pk=root_of(lot_id))
    checks = {
        check.certificate_id: check.confirmed
        for check in CertificateCheck.objects.filter(certificate__lot=lot, seq__lte=seq).order_by("seq")
    }
    papers = Certificate.objects.filter(lot=lot, seq__lte=seq).order_by("seq")
    return CertificateFacts(
        lot=lot.subject.code,
        day=days(day),
        production_lot=lot.production_lot,
        weight_g=grams(lot.net_weight_kg),
        papers=tuple(_paper(each, lot, checks) for each in papers if checks.get(each.pk) is not False),
    )


def _paper(paper: Certificate, lot: Lot, checks: dict[int, bool]) -> CertificatePaper:
    kind = CertificateKind(paper.kind)
    expected = {
        CertificateKind.CUSTOMS_DECLARATION: lot.declaration_no,
        CertificateKind.QUARANTINE: lot.quarantine_cert_no,
    }
    return CertificatePaper(
        kind=kind,
        number=paper.number,
        expected_number=expected.get(kind, ""),
        issued_day=days(paper.issued_on),
        valid_until_day=None if paper.valid_until is None else days(paper.valid_until),
        product_matches=_same_words(paper.product, lot.product),
        production_lot=paper.production_lot,
        weight_g=None if paper.net_weight_kg is None else grams(paper.net_weight_kg),
        confirmed=checks.get(paper.pk, False),
    )


def _same_words(one: str, other: str) -> bool:
    """Names are compared without blanks and capitals; one may say more than the other (冻虾, 冻虾仁 differ in goods)."""
    return "".join(one.split()).casefold() == "".join(other.split()).casefold()


def lot_facts(lot_id: int, seq: int, at: datetime, profile: Profile) -> LotFacts:
    """Return what the decision about a lot depends on (docs/rules/goods.md); a part is judged by the lot it came from."""
    root = root_of(lot_id)
    papers = check_certificates(certificate_facts(root, seq, localdate(at)), profile)
    steps = events_of([root], seq)
    kinds = {step.kind for step in steps}
    disinfections = [step.detail for step in steps if step.kind == GoodsStep.DISINFECTED]
    measures = _measures(sorted({root, lot_id}), seq, at)
    was_found = Inspection.objects.filter(lot=root, seq__lte=seq).exclude(finding=Inspection.Finding.CLEAN)
    return LotFacts(
        exposure_class=_class_of(measures),
        passed_inspection=not was_found.exists(),
        missing_documents=faulty(papers, missing=True),
        results=_results(root, seq, steps),
        pieces=sum(line[2] for step in steps if step.kind == GoodsStep.ARRIVED for line in step.quantities),
        pieces_disinfected=sum(each["pieces"] for each in disinfections if each["coverage"] == PACKAGES),
        walls_disinfected=any(each["coverage"] == WALLS for each in disinfections),
        bad_documents=faulty(papers, missing=False),
        is_held=bool(measures) or _is_sealed(steps),
        differs=_differs(steps) and GoodsStep.ACCEPTED not in kinds,
    )


def _results(root: int, seq: int, steps: list[GoodsEvent]) -> tuple[SpecimenResult | None, ...]:
    """Every tube the samplings named, with its valid result; and any other specimen of the lot or its packages."""
    packages = list(Package.objects.filter(lot=root).values_list("subject_id", flat=True))
    signed = lab.results_of([root, *packages], known_seq=seq)
    by_specimen = {each.specimen_id: each.value for results in signed.values() for each in results}
    samplings = [step for step in (*steps, *events_of(packages, seq)) if step.kind == GoodsStep.SAMPLED]
    named = {number for step in samplings for number in step.detail["specimens"]}
    return tuple(by_specimen.get(number) for number in sorted(named | by_specimen.keys()))


def _class_of(measures: set[str]) -> ExposureClass:
    if MeasureKind.LOT_DESTRUCTION in measures:
        return ExposureClass.POSITIVE_LOT
    return ExposureClass.IMPLICATED_LOT if measures else ExposureClass.NOT_EXPOSED


def _measures(lot_ids: list[int], seq: int, at: datetime) -> set[str]:
    """Return the kinds of holding measures that stood at the entry, by the verdicts that ordered and ended them."""
    about = Q(subject__in=lot_ids) | Q(subject__in=Package.objects.filter(lot__in=lot_ids).values("subject"))
    ordered = Measure.objects.filter(about, kind__in=HOLDING, causes__verdict__seq__lte=seq)
    still = Q(ended_at__isnull=True) | Q(ended_by__seq__gt=seq) | Q(ended_by__isnull=True, ended_at__gt=at)
    return set(ordered.filter(still).values_list("kind", flat=True))


def _is_sealed(steps: list[GoodsEvent]) -> bool:
    return _stands(steps, GoodsStep.SEALED)


def _is_recalled(steps: list[GoodsEvent]) -> bool:
    return _stands(steps, GoodsStep.RECALLED)


def _stands(steps: list[GoodsEvent], stop: GoodsStep) -> bool:
    """Whether the goods were stopped so, and not set free since."""
    last = [step.kind for step in steps if step.kind in {stop, GoodsStep.UNSEALED}]
    return bool(last) and last[-1] == stop


def _differs(steps: list[GoodsEvent]) -> bool:
    return any(step.kind == GoodsStep.ARRIVED and step.detail.get("differences") for step in steps)


def step_facts(asked: StepFacts, seq: int, at: datetime, profile: Profile) -> StepFacts:
    """Return what permits a step, from the question: the step, lot, place and pieces of `asked` stand, the rest is read."""
    lot_id = asked.lot_id
    family = sorted({lot_id, root_of(lot_id)})
    own = events_of([lot_id], seq)
    whole = events_of(family, seq)
    ending = {GoodsStep.DESTROYED, GoodsStep.RETURNED, GoodsStep.UNSEALED}
    decision = _decision(lot_id, seq, at, profile) if asked.step in ending else ""
    return StepFacts(
        step=asked.step,
        lot_id=lot_id,
        place_id=asked.place_id,
        pieces=asked.pieces,
        in_stock=in_stock(lot_id, asked.place_id, seq),
        is_released=any(step.kind == GoodsStep.RELEASED for step in whole),
        is_held=bool(_measures([lot_id], seq, at)),
        is_sealed=_is_sealed(own),
        is_recalled=_is_recalled(own),
        decision=decision,
        same_standing=asked.same_standing,
        weight_kept=asked.weight_kept,
    )


def _decision(lot_id: int, seq: int, at: datetime, profile: Profile) -> str:
    return LotDecision(decide_lot(lot_facts(lot_id, seq, at, profile), profile).outcome)


def in_stock(lot_id: int, place_id: int, seq: int) -> int:
    """Return the pieces of a lot at a place, summed over the known steps."""
    steps = GoodsEvent.objects.filter(lot__standing__root=root_of(lot_id), seq__lte=seq).exclude(quantities=[])
    lines = (line for step in steps for line in step.quantities)
    return sum(pieces for lot, place, pieces in lines if (lot, place) == (lot_id, place_id))
