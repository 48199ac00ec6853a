"""What freezing now would hold, told from totals: the page shows it at every rerun, however large the library is.

`label_sets.preview` says the same from the decisions themselves; freezing believes only that one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from db.queries import library
from db.queries import totals as queries
from db.session import Database
from webapp import mapping
from webapp.services import label_findings, review_totals
from webapp.services import roles as role_rules
from webapp.values.label_sets import Finding, LabelSetOutlook, LabelSetSubject

MOST_FINDINGS = 200  # sentences of each kind that a page is given; the others are counted


def outlook(database: Database, study_id: int, chosen: Mapping[str, str] | None = None) -> LabelSetOutlook:
    """Subjects, sums and findings of what is reviewed now.

    Args:
        chosen: subject -> role where somebody chose; the others get the suggestion.
    """
    review_totals.refresh(database, study_id)
    with database.read() as session:
        lines = queries.by_subject(session, study_id)
        known = [line for line in lines if line.code is not None]
        kept = {s.code: s.role for s, _ in library.subjects(session, study_id) if s.role is not None}
        events = {line.code: line.macro + line.micro for line in known}
        roles = role_rules.suggest(events, kept) | {c: r for c, r in (chosen or {}).items() if c in events}
        findings = [*label_findings.findings((), {})] if not known else label_findings.sides(events, roles)
        findings += label_findings.kept_changed(kept, roles)
        warnings = _of_videos(session, study_id)
        nobody = [label_findings.nobody(title, video_id)
                  for video_id, title in queries.without_subject(session, study_id, MOST_FINDINGS)]  # fmt: skip
        ordered = sorted([*nobody, *findings, *warnings[:MOST_FINDINGS]], key=lambda f: not f.blocking)
        return LabelSetOutlook(
            subjects=tuple(
                mapping.from_row(LabelSetSubject, line, role=roles[line.code], role_is_kept=line.code in kept)
                for line in known
            ),
            findings=tuple(ordered),
            more_findings=queries.count_warnings(session, study_id) - len(warnings[:MOST_FINDINGS]),
        )


def _of_videos(session: Session, study_id: int) -> Sequence[Finding]:
    return [
        Finding("warning", sentence, video_id)
        for video_id, sentences in queries.warnings(session, study_id, MOST_FINDINGS)
        for sentence in sentences
    ]
