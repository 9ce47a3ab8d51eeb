"""Tables every app shares."""

from lianfang.apps.core.models.accounts import Organisation, Role, User
from lianfang.apps.core.models.evidence import (
    CommitmentKey,
    Destruction,
    EvidenceEntry,
    FactArchive,
    FactBatch,
    ProfileEdition,
    TreeHead,
)
from lianfang.apps.core.models.governance import ProfileApproval, ProfileDryRun, ProfileProposal
from lianfang.apps.core.models.operations import AuditEvent, ImportJob, OutboxEvent, RateWindow
from lianfang.apps.core.models.phones import PhoneCode, SmsMessage
from lianfang.apps.core.models.subjects import Control, Subject
from lianfang.apps.core.models.work import Measure, MeasureCause, Task, TaskEvent, Verdict

__all__ = [
    "AuditEvent",
    "CommitmentKey",
    "Control",
    "Destruction",
    "EvidenceEntry",
    "FactArchive",
    "FactBatch",
    "ImportJob",
    "Measure",
    "MeasureCause",
    "Organisation",
    "OutboxEvent",
    "PhoneCode",
    "ProfileApproval",
    "ProfileDryRun",
    "ProfileEdition",
    "ProfileProposal",
    "RateWindow",
    "Role",
    "SmsMessage",
    "Subject",
    "Task",
    "TaskEvent",
    "TreeHead",
    "User",
    "Verdict",
]
