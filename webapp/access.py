"""Who may do what: the roles, and the tables of the least role for every page and every /api route.

Roles count per study. `viewer` sees, `annotator` codes, `lead` organises the study and trains, `admin` also manages the
people of the study. A page or a route is added here with one line; tests fail for one that is missing, and the door
gives a route that is missing to admins only.
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
    PageEntry("review", "Review", ":material/rate_review:", "", "annotator"),
    PageEntry("scheme", "Scheme", ":material/checklist:", "Label", "viewer"),
    PageEntry("label_sets", "Label sets", ":material/inventory_2:", "Label", "viewer"),
    PageEntry("agreement", "Agreement", ":material/handshake:", "Label", "lead"),
    PageEntry("seeded", "Blind checks", ":material/eyeglasses:", "Label", "annotator"),
    PageEntry("training", "Training", ":material/model_training:", "Learn", "lead"),
    PageEntry("models", "Models", ":material/leaderboard:", "Learn", "viewer"),
    PageEntry("compare", "Compare", ":material/compare_arrows:", "Learn", "viewer"),
    PageEntry("jobs", "Jobs", ":material/work_history:", "Learn", "viewer"),
    PageEntry("people", "People", ":material/group:", "Study", "viewer"),
    PageEntry("exchange", "Exchange", ":material/swap_horiz:", "Study", "annotator"),
    PageEntry("privacy", "Privacy", ":material/shield_person:", "Study", "lead"),
    PageEntry("audit", "Audit", ":material/history:", "Study", "lead"),
    PageEntry("report", "Report", ":material/summarize:", "Study", "lead"),
)

# (methods, address under /api as in the route's own table) -> least role. HEAD counts as GET. Looking is for viewers,
# coding for annotators, bringing footage and other people's work in for leads.
_VIDEO = "/videos/{id:int}"
_LEAST = {
    "viewer": (
        ("GET", "/token/renew"),
        ("GET", "/assets/{name:path}"),
        *(("GET", _VIDEO + part) for part in ("", "/timestamps", "/sources", "/present", "/packs/{index:int}",
          "/thumbnail", "/audio", "/faces", "/magnified", "/motion", "/landmarks", "/signals", "/marks")),
    ),
    "annotator": (
        *(("GET", _VIDEO + part) for part in ("/curves", "/why", "/why/curves", "/imported", "/others", "/review",
          "/history", "/sweep")),
        ("POST", _VIDEO + "/imported"),
        ("DELETE", _VIDEO + "/imported/{signal:int}"),
        ("GET", _VIDEO + "/imported/{signal:int}/curves"),
        ("PUT", _VIDEO + "/place"),
        ("GET", _VIDEO + "/neutral"),
        ("PUT", _VIDEO + "/neutral"),
        ("GET", "/pace"),
        ("GET", "/preferences"),
        ("PUT", "/preferences"),
        ("POST", "/operations"),
    ),
    "lead": (
        ("GET", _VIDEO + "/adjudication"),
        ("POST", _VIDEO + "/adjudication"),
        ("POST", "/uploads"),
        ("GET", "/uploads/{id}"),
        ("PUT", "/uploads/{id}"),
        ("DELETE", "/uploads/{id}"),
        ("POST", "/uploads/{id}/finish"),
    ),
}  # fmt: skip
# Nothing lives at any other address, and everybody may know it.
ELSEWHERE = "/{rest:path}"
ROUTES = {route: least for least, routes in _LEAST.items() for route in routes}


def least_of(method: str, path: str) -> str:
    """The least role for a route; a route that nobody entered is for admins.

    >>> least_of("HEAD", "/videos/{id:int}/audio"), least_of("GET", "/forgotten")
    ('viewer', 'admin')
    """
    if path == ELSEWHERE:
        return ROLES[0]
    return ROUTES.get(("GET" if method == "HEAD" else method, path), ROLES[-1])


def at_least(role: str, least: str) -> bool:
    """Whether somebody of `role` may do what asks for `least`; a role that is not one of ours may nothing.

    >>> at_least("lead", "annotator"), at_least("viewer", "annotator"), at_least("owner", "viewer")
    (True, False, False)
    """
    return role in ROLES and ROLES.index(role) >= ROLES.index(least)
