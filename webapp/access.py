"""Who may do what: the roles, and the one table of the least role for every page.

Roles count per study. `viewer` sees, `annotator` codes, `lead` organises the study and trains, `admin` also manages the
people and the installation. A page is added here with one line; tests fail for one that is missing.
"""

from __future__ import annotations

from dataclasses import dataclass

# Weakest first: every role may do what those before it may.
ROLES = ("viewer", "annotator", "lead", "admin")


@dataclass(frozen=True)
class PageEntry:
    """A page of the menu.

    Attributes:
        name: file in webapp/app_pages without ".py", and its address.
        group: heading of the menu it stands under; "" for the top level.
        least: the weakest role that may open it.
    """

    name: str
    title: str
    icon: str
    group: str
    least: str


PAGES = (
    PageEntry("videos", "Videos", ":material/movie:", "", "viewer"),
    PageEntry("review", "Review", ":material/rate_review:", "", "viewer"),
    PageEntry("scheme", "Scheme", ":material/checklist:", "Label", "viewer"),
    PageEntry("label_sets", "Label sets", ":material/inventory_2:", "Label", "viewer"),
    PageEntry("agreement", "Agreement", ":material/handshake:", "Label", "lead"),
    PageEntry("seeded", "Blind checks", ":material/eyeglasses:", "Label", "annotator"),
    PageEntry("training", "Training", ":material/model_training:", "Learn", "lead"),
    PageEntry("models", "Models", ":material/leaderboard:", "Learn", "viewer"),
    PageEntry("jobs", "Jobs", ":material/work_history:", "Learn", "viewer"),
    PageEntry("compare", "Compare", ":material/compare_arrows:", "Learn", "viewer"),
    PageEntry("report", "Report", ":material/summarize:", "Study", "lead"),
)


def at_least(role: str, least: str) -> bool:
    """Whether somebody of `role` may do what asks for `least`; a role that is not one of ours may nothing.

    >>> at_least("lead", "annotator"), at_least("viewer", "annotator"), at_least("owner", "viewer")
    (True, False, False)
    """
    return role in ROLES and ROLES.index(role) >= ROLES.index(least)
