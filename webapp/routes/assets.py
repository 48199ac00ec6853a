"""Our own scripts and style sheets: GET /api/assets/{name}?v=hash. The only route without a token.

A browser's `import` sends no headers, and what lies here is the same for everybody; Host and Origin are checked.
"""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from webapp.doors import Refusal

ASSETS = Path(__file__).parents[1] / "components" / "assets"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json"}


def asset(request: Request) -> Response:
    """One file; kept for ever by the browser when asked for by its hash, else checked again every time."""
    name = request.path_params["name"]
    path = (ASSETS / name).resolve()
    if not path.is_relative_to(ASSETS.resolve()) or not path.is_file():
        raise Refusal(404, f"there is no asset {name}")
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    asked = request.query_params.get("v", "")
    immutable = len(asked) >= 8 and digest.startswith(asked)
    headers = {
        "ETag": f'"{digest[:16]}"',
        "Cache-Control": "public, max-age=31536000, immutable" if immutable else "no-cache",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Response(content, media_type=kind, headers=headers)
