"""What a reviewing surface shows of one video: GET /api/videos/{id}/review?run=&set=&other= and /history?interval=."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from webapp.doors import LARGEST_ID, Refusal, authorised
from webapp.routes.plain import plain
from webapp.routes.videos import video_of
from webapp.services import blindness, disagreement, histories, places, reviewing, schemes, spotting

# Where files lie is nobody's business in a browser.
_INTERNAL = ("curves_path", "features_path", "settings")


def state(request: Request) -> Response:
    """Proposals, decisions, reviewed spans and last place of the annotator in the token; "blind" without proposals.

    With `other`, a second run: each proposal gets its "agreement" with that run, and what only that run proposes is
    added with its "run".
    """
    identity = authorised(request)
    video = video_of(request)
    blindness.open_video(request.state.database, video.id, identity.annotator_id)
    found = reviewing.review_state(
        request.state.database,
        video.id,
        identity.annotator_id,
        run_id=number(request, "run"),
        proposal_set_id=number(request, "set"),
    )
    run = plain(found.run)
    place = places.place_in(request.state.database, identity.annotator_id, video.id)
    runs = [r for r in spotting.list_runs(request.state.database, video.id) if r.state == "done"]
    body = {
        "run": run and {name: value for name, value in run.items() if name not in _INTERNAL},
        "set": found.proposal_set_id,
        "sets": plain(found.sets),
        "proposals": plain(found.proposals),
        "annotations": plain(found.annotations),
        "reviewed": plain(found.reviewed),
        "reviewed_share": found.reviewed_share,
        "blind": found.blind,
        "annotator": {"id": found.annotator_id, "name": found.annotator_name},
        "scheme": found.scheme.to_json(),
        "place": place and {"interval": place.interval_id, "frame": place.frame},
        "other_runs": [{"id": r.id, "model": r.model} for r in runs if found.run and r.id != found.run.id],
    }
    other = number(request, "other")
    if other is not None:
        second = disagreement.disagreement(request.state.database, found, other)
        for proposal in body["proposals"]:
            proposal["agreement"] = second.agreements[proposal["id"]]
        alone = [{**one, "agreement": 0.0, "run": second.run_id} for one in plain(second.alone)]
        body |= {"proposals": body["proposals"] + alone, "other": {"id": second.run_id, "model": second.model}}
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


def history(request: Request) -> Response:
    """What happened to one interval, oldest first. Leads see everybody's, others their own: coding is blind."""
    identity = authorised(request)
    video = video_of(request)
    whose = None if identity.role in schemes.EDITORS else identity.annotator_id
    interval = request.query_params.get("interval", "")[:36]
    entries = histories.interval_history(request.state.database, video.id, interval, whose)
    return JSONResponse({"entries": plain(entries)}, headers={"Cache-Control": "no-store"})


def number(request: Request, name: str) -> int | None:
    text = request.query_params.get(name, "")
    if not text:
        return None
    if not text.isdecimal() or int(text) > LARGEST_ID:
        raise Refusal(422, f"{name}: expected a number, got {text[:40]!r}")
    return int(text)
