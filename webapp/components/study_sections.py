"""The report of a study in sections, and as one HTML page that needs nothing from anywhere: charts are SVG inside.

The page of the app and the file show the same sections, made once here. Neither streamlit nor queries.
"""

from __future__ import annotations

import html
import io
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from webapp import wording
from webapp.components import study_charts
from webapp.services.study_report import StudyReport

STYLE = (
    "body{font:15px system-ui,sans-serif;max-width:66em;margin:2em auto;padding:0 1em;color:#1c2b30;background:#fff}"
    "table{border-collapse:collapse;margin:1em 0}th,td{padding:.25em .8em;border-bottom:1px solid #d5dde0;"
    "text-align:left;font-variant-numeric:tabular-nums}svg{max-width:100%;height:auto}h2{margin-top:2em}"
    ".about{color:#50636b;max-width:48em}"
)


@dataclass(frozen=True)
class Section:
    """A part of the report: what it says, a table, a chart; `empty` is said where it has neither."""

    title: str
    about: str
    table: pd.DataFrame | None = None
    chart: alt.Chart | alt.LayerChart | None = None
    empty: str = ""


def sections(report: StudyReport) -> list[Section]:
    """All parts in order of reading."""
    return [
        Section("Counts", "Per video the decisions of the person who looked at most of it count, as in a label set.",
                _counts(report), empty="Nothing is decided yet in reviewed footage."),
        Section("Subjects", "Events per reviewed minute compare people who were filmed for different times.",
                _subjects(report), empty="Nobody is named yet: say on the Videos page who is filmed."),
        Section("Durations", "From onset to offset. The dashed line is 0.5 s, where a micro-expression ends.",
                None, study_charts.durations(report.events), "No expression is decided yet."),
        Section("Action units", "Events that show a unit; side and intensity are left out here.",
                None, study_charts.counted(report.action_units(), "action unit"), "No action unit is coded yet."),
        Section("Emotions", "As the coders named them.",
                None, study_charts.counted(report.emotions(), "emotion"), "No emotion is named yet."),
        Section("Timelines", "Every event on the line of its video, by subject.",
                None, study_charts.subject_lines(report.events), "No expression is decided yet."),
        Section("People", "What each coder has looked at and decided.", _people(report), empty="Nobody has coded yet."),
        Section("Agreement", "Pairs with the most footage in common; the page Agreement shows all of it.",
                _pairs(report), empty="No footage has been reviewed by two people."),
        Section("Effort", "Median time and keys for a curated interval while each model version proposed.",
                _effort(report), empty="No timed decisions yet."),
    ]  # fmt: skip


def headline(report: StudyReport) -> list[tuple[str, str]]:
    """Name and value of the few numbers at the top."""
    kinds = [event.type for event in report.events]
    return [
        ("Subjects", f"{sum(bool(row.subject) for row in report.subjects)}"),
        ("Videos", f"{report.videos:,}"),
        ("Footage", wording.duration(report.minutes * 60)),
        ("Reviewed", wording.duration(report.reviewed_minutes * 60)),
        ("Macro", f"{kinds.count('macro'):,}"),
        ("Micro", f"{kinds.count('micro'):,}"),
    ]


def as_html(report: StudyReport) -> str:
    """The whole report as one file."""
    title = html.escape(f"{report.name}: report")
    parts = [f"<h1>{html.escape(report.name)}</h1>", f"<p class=about>Made {report.made_at:%Y-%m-%d %H:%M} UTC.</p>",
             _html_table(["", ""], headline(report))]  # fmt: skip
    for names, about in ((report.label_sets, "Label sets"), (report.models, "Models trained here")):
        parts.append(f"<p>{about}: {html.escape(', '.join(names)) or 'none yet'}.</p>")
    for section in sections(report):
        parts += [f"<h2>{html.escape(section.title)}</h2>", f"<p class=about>{html.escape(section.about)}</p>"]
        if section.table is not None and len(section.table):
            parts.append(_html_table(list(section.table.columns), section.table.itertuples(index=False)))
        if section.chart is not None:
            parts.append(svg(section.chart))
        if (section.table is None or not len(section.table)) and section.chart is None:
            parts.append(f"<p>{html.escape(section.empty)}</p>")
    head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    body = "\n".join(parts)
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def svg(chart: alt.Chart | alt.LayerChart) -> str:
    """A chart as SVG, drawn without a browser and without a network."""
    drawn = io.StringIO()
    chart.save(drawn, format="svg")
    return drawn.getvalue()


def _html_table(names: Sequence[str], rows) -> str:
    head = "".join(f"<th>{html.escape(str(name))}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape('' if _missing(cell) else str(cell))}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _missing(cell: object) -> bool:
    return cell is None or (isinstance(cell, float) and cell != cell)


def _counts(report: StudyReport) -> pd.DataFrame:
    return pd.DataFrame([{"decision": name, "intervals": number} for name, number in report.verdicts.items()])


def _subjects(report: StudyReport) -> pd.DataFrame:
    return pd.DataFrame([
        {"subject": row.subject or "(nobody named)", "videos": row.videos, "reviewed videos": row.reviewed,
         "reviewed (min)": round(row.minutes, 2), "macro": row.macro, "micro": row.micro,
         "events per minute": "" if row.per_minute is None else f"{row.per_minute:.2f}"}
        for row in report.subjects
    ])  # fmt: skip


def _people(report: StudyReport) -> pd.DataFrame:
    return pd.DataFrame([
        {"coder": row.name, "videos": row.videos, "reviewed (min)": round(row.minutes, 2),
         "decisions": sum(row.verdicts.values()),
         "of them": ", ".join(f"{number} {name}" for name, number in sorted(row.verdicts.items()))}
        for row in report.people
    ])  # fmt: skip


def _pairs(report: StudyReport) -> pd.DataFrame:
    return pd.DataFrame([
        {"coders": f"{row.pair.first_name} and {row.pair.second_name}",
         "in common": wording.duration(row.pair.seconds), "event F1 (IoU 0.5)": _two(row.f1),
         "frame-wise κ": _two(row.frame_kappa), "Krippendorff's α": _two(row.alpha),
         "onset, median difference (frames)": _two(row.onset_median, "+.1f"),
         "offset, median difference (frames)": _two(row.offset_median, "+.1f")}
        for row in report.pairs
    ])  # fmt: skip


def _effort(report: StudyReport) -> pd.DataFrame:
    return pd.DataFrame([
        {"model version": point.version, "intervals": point.intervals, "people": point.people,
         "median (s)": round(point.seconds, 1), "quartiles (s)": f"{point.seconds_low:.1f} to {point.seconds_high:.1f}",
         "median keys": None if point.keys is None else point.keys}
        for point in report.effort
    ])  # fmt: skip


def _two(value: float | None, pattern: str = ".2f") -> str:
    return "not defined" if value is None else format(value, pattern)
