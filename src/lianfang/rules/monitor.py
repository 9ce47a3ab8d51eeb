"""Whether codes, or the evidence behind them, look made rather than found. Table: docs/rules/monitor.md.

An alarm accuses nobody and moves no colour: it opens rows for people to look at.
"""

from dataclasses import dataclass
from enum import StrEnum

from lianfang.rules.profile import MonitorNumbers, Profile
from lianfang.rules.verdict import Reason, Verdict


class AlarmKind(StrEnum):
    """What looks wrong."""

    RED_WITHOUT_EPISODE = "red_without_episode"
    UNUSUAL_SIGNER = "unusual_signer"
    UNLINKED_BATCH = "unlinked_batch"
    REMOTE_SCAN = "remote_scan"


@dataclass(frozen=True, slots=True)
class RedFacts:
    """A person with a red code, and how many results, investigations, returns and listed stays it can be led back to."""

    subject: int
    grounds: int


@dataclass(frozen=True, slots=True)
class SignerFacts:
    """How many pieces of evidence somebody recorded in the window, and how many the others record in one, at the median."""

    signer: int
    recorded: int
    usual: int


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """Evidence of one kind recorded by one hand together; `linked`: persons who share a home, a workplace or a place."""

    batch: int
    persons: int
    linked: int


@dataclass(frozen=True, slots=True)
class ScanFacts:
    """Somebody whose code is not green was recorded in two townships at once, so many times."""

    subject: int
    clashes: int


@dataclass(frozen=True, slots=True)
class MonitorFacts:
    """All that is watched at one instant."""

    reds: tuple[RedFacts, ...] = ()
    signers: tuple[SignerFacts, ...] = ()
    batches: tuple[BatchFacts, ...] = ()
    scans: tuple[ScanFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm. `about`: the number of the person, member of staff or batch."""

    kind: AlarmKind
    about: int


def watch_codes(facts: MonitorFacts, profile: Profile) -> Verdict[tuple[Alarm, ...]]:
    """Every alarm, with one reason each. Source: docs/rules/monitor.md MO-1..MO-6."""
    numbers = profile.monitors
    if numbers is None:
        return Verdict((), (Reason("MO-6"),), facts, profile.edition, "watch_codes")
    found = [
        *((Alarm(AlarmKind.RED_WITHOUT_EPISODE, each.subject), Reason("MO-1")) for each in facts.reds if not each.grounds),
        *_signers(facts, numbers),
        *_batches(facts, numbers),
        *((Alarm(AlarmKind.REMOTE_SCAN, each.subject), Reason("MO-4", {"clashes": each.clashes}))
          for each in facts.scans if each.clashes),
    ]  # fmt: skip
    reasons = tuple(reason for _, reason in found) or (Reason("MO-5"),)
    return Verdict(tuple(alarm for alarm, _ in found), reasons, facts, profile.edition, "watch_codes")


def _signers(facts: MonitorFacts, numbers: MonitorNumbers) -> list[tuple[Alarm, Reason]]:
    return [
        (Alarm(AlarmKind.UNUSUAL_SIGNER, each.signer), Reason("MO-2", {"recorded": each.recorded, "usual": each.usual}))
        for each in facts.signers
        if each.recorded >= max(numbers.signer_min, each.usual * numbers.signer_factor)
    ]


def _batches(facts: MonitorFacts, numbers: MonitorNumbers) -> list[tuple[Alarm, Reason]]:
    return [
        (Alarm(AlarmKind.UNLINKED_BATCH, each.batch), Reason("MO-3", {"persons": each.persons, "linked": each.linked}))
        for each in facts.batches
        if each.persons >= numbers.batch_min and each.linked * 100 < each.persons * numbers.linked_percent
    ]
