"""Judging a run and calling a tube again, from the file's readings as they were stored."""

import hashlib

from lianfang.apps.core.models import ProfileEdition
from lianfang.apps.core.models import Verdict as StoredVerdict
from lianfang.apps.core.profiles import parsed
from lianfang.apps.lab.bench.judging import call_tubes, run_facts
from lianfang.apps.lab.bench.models import Judgement, WellCall
from lianfang.rules.profile import Profile
from lianfang.rules.quality_control import RunValidity, judge_run


def judge_again(row: StoredVerdict) -> str | None:
    """Return what the rule says of the run of a verdict; None if the run, or its file as it was, is gone."""
    judgement = Judgement.objects.filter(verdict=row).select_related("run__lot", "run__file").first()
    profile = _profile(row)
    if judgement is None or profile is None:
        return None
    run = judgement.run
    if hashlib.sha256(run.file.content).hexdigest() != run.sha256:
        return None
    verdict = judge_run(run_facts(run, list(run.wells.order_by("position")), profile), profile)
    return verdict.to_json() if verdict.outcome == judgement.validity else None


def call_again(row: StoredVerdict) -> str | None:
    """Return what the rule says of the tube of a verdict; None if it is gone or its run could not be read."""
    called = WellCall.objects.filter(verdict=row).select_related("well__run__lot", "well__run__judgement").first()
    profile = _profile(row)
    if called is None or profile is None or called.well.run.judgement.validity == RunValidity.INVALID:
        return None
    verdict = call_tubes(called.well.run, [called.well], profile)[called.well]
    return verdict.to_json() if verdict.outcome.call == called.call else None


def _profile(row: StoredVerdict) -> Profile | None:
    edition = ProfileEdition.objects.filter(edition=row.edition).first()
    return parsed(edition.toml) if edition else None
