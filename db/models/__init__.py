"""All tables. Importing this package fills `Base.metadata`; one module per aggregate, no queries."""

from db.base import Base
from db.models.access import Account, Invitation, SignInSession, SignInTry, VideoAssignment
from db.models.adjudication import Adjudication, ConsensusAnnotator
from db.models.audit import AuditCut, AuditEntry
from db.models.backups import Backup
from db.models.codings import VideoCoding
from db.models.erasure import Erasure
from db.models.jobs import Job, JobVideo
from db.models.label_sets import LabelSet, LabelSetInterval, LabelSetSubject, LabelSetVideo
from db.models.library import Subject, Video
from db.models.people import Annotator, Assignment, Study
from db.models.picks import CodingPick
from db.models.places import Place
from db.models.registry import Alias, AliasChange, ModelVersion, TrainingJob
from db.models.reviewing import Annotation, Operation, ReviewedSpan
from db.models.signals import ImportedSignal
from db.models.spotting import Proposal, ProposalSet, SpottingRun
from db.models.totals import ReviewTotal
from db.models.withdrawals import Withdrawal
from db.models.workers import Retry, Worker

__all__ = [
    "Account",
    "Adjudication",
    "Alias",
    "AliasChange",
    "Annotation",
    "Annotator",
    "Assignment",
    "AuditCut",
    "AuditEntry",
    "Backup",
    "Base",
    "CodingPick",
    "ConsensusAnnotator",
    "Erasure",
    "ImportedSignal",
    "Invitation",
    "Job",
    "JobVideo",
    "LabelSet",
    "LabelSetInterval",
    "LabelSetSubject",
    "LabelSetVideo",
    "ModelVersion",
    "Operation",
    "Place",
    "Proposal",
    "ProposalSet",
    "Retry",
    "ReviewTotal",
    "ReviewedSpan",
    "SignInSession",
    "SignInTry",
    "SpottingRun",
    "Study",
    "Subject",
    "TrainingJob",
    "Video",
    "VideoAssignment",
    "VideoCoding",
    "Withdrawal",
    "Worker",
]
