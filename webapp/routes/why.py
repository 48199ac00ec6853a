"""Why an interval may be something else than an expression: GET /api/videos/{id}/why and /why/curves.

The rule is `spotcore.signs`; here it is asked, and what was measured around the interval is cut out for drawing.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from spotcore.feature_files import Traces
from spotcore.interval_curves import interval_curves
from spotcore.intervals import Interval
from spotcore.regions import REGIONS
from spotcore.signs import find_signs, most_moved, samples_of, watched_places
from webapp.doors import Refusal
from webapp.routes.signals import pack_curves, traces_of, whole_number
from webapp.routes.videos import require_sight
from webapp.values.library import VideoDetails

AROUND_SECONDS = 0.5
MOST_BINS = 2048
_HEADERS = {"Cache-Control": "private, max-age=60"}


def why_routes(prefix: str) -> list[Route]:
    """The routes of this module, relative to /api."""
    return [Route(f"{prefix}/why", why), Route(f"{prefix}/why/curves", curves)]


def why(request: Request) -> Response:
    """GET why?onset=&offset=[&run=]: {"rivals": [{"name", "words"}], "moved": {"region", "percent"} or null, "lacks"}.

    `lacks` names what a file of an older extractor does not hold; spotting again measures it.
    """
    _, traces, interval = _asked(request)
    inside = samples_of(traces, interval)
    moved = None
    if inside is not None:
        region, percent = most_moved(traces, inside)
        floor = float(traces.noise_floor[inside].mean())
        moved = {"region": region, "percent": round(percent, 2), "noise_floor": round(floor, 2)}
    rivals = [{"name": sign.name, "words": sign.words} for sign in find_signs(traces, interval)]
    lacks = [] if watched_places(traces) else ["cheeks", "chin", "lids"]
    return JSONResponse({"rivals": rivals, "moved": moved, "lacks": lacks}, headers=_HEADERS)


def curves(request: Request) -> Response:
    """GET why/curves?onset=&offset=[&bins=][&run=]: what was measured from half a second before to half after.

    Same binary format as /curves; everything that moves is told against the onset.
    """
    video, traces, interval = _asked(request)
    part, channels = interval_curves(traces, interval, AROUND_SECONDS)
    margin = round(AROUND_SECONDS * (video.fps or 30.0))
    frames = (max(0, interval.onset - margin), min(video.frame_count - 1, interval.offset + margin))
    body = pack_curves(traces.frames[part], channels, *frames, whole_number(request, "bins", 512, 1, MOST_BINS))
    return Response(body, media_type="application/octet-stream", headers=_HEADERS)


def _asked(request: Request) -> tuple[VideoDetails, Traces, Interval]:
    require_sight(request)
    video, traces = traces_of(request)
    if traces.kind.regions != REGIONS or not len(traces):
        raise Refusal(404, f"{video.title} has no measurements that can be explained; spot it again")
    last = video.frame_count - 1
    onset = whole_number(request, "onset", 0, 0, last)
    offset = whole_number(request, "offset", last, onset, last)
    return video, traces, Interval(onset, offset, "micro")
