"""GET and POST /api/videos/{id}/adjudication: both codings for leads, decisions, and what is refused."""

from __future__ import annotations

import uuid

import pytest

from tests.webapp.api_client import make_api
from tests.webapp.services.library_material import Desk


@pytest.fixture
def api(tmp_path):
    return make_api(tmp_path)


@pytest.fixture
def place(api):
    """A video that Anna and Berta have coded: the first event alike, the second one only Anna's."""
    video = api.add_video()
    lead = Desk(api.database, api.defaults, api.defaults.annotator_id)
    coders = lead.colleague("Anna"), lead.colleague("Berta")
    for coder in coders:
        coder.add(video, type="micro", onset=10, apex=15, offset=20)
        coder.reviewed(video)
    coders[0].add(video, type="macro", onset=50, apex=60, offset=90)
    return f"/api/videos/{video}/adjudication", [coder.annotator_id for coder in coders]


def said(pair, item, **more):
    sides = {"first": item["first"], "second": item["second"]}
    ids = {f"{name}_id": side and side["id"] for name, side in sides.items()}
    versions = {f"{name}_version": side and side["version"] for name, side in sides.items()}
    return {"id": str(uuid.uuid4()), "verb": "decide", "first": pair[0], "second": pair[1], **ids, **versions,
            "reason": "missed", "note": "", **more}  # fmt: skip


def test_a_lead_sees_both_codings_decides_and_takes_back(api, place):
    address, pair = place
    found = api.get(f"{address}?first={pair[0]}&second={pair[1]}").json()
    assert (found["first_name"], found["second_name"], found["open"]) == ("Anna", "Berta", 2)
    assert [item["kind"] for item in found["items"]] == ["agreed", "only first"]
    body = said(pair, found["items"][1], choice="redraw", after={"type": "macro", "onset": 48, "offset": 91})
    done = api.post(address, json=body).json()
    assert [item["status"] for item in done["items"]] == ["agreed", "decided"]
    assert (done["open"], done["reviewed"], done["items"][1]["consensus"]["onset"]) == (0, [[0, 299]], 48)
    assert api.post(address, json=body).json() == done
    back = api.post(address, json={"id": str(uuid.uuid4()), "verb": "undo", "first": pair[0], "second": pair[1]}).json()
    assert [item["status"] for item in back["items"]] == ["agreed", "open"]


def test_another_version_is_a_conflict_and_nonsense_is_422(api, place):
    address, pair = place
    item = api.get(f"{address}?first={pair[0]}&second={pair[1]}").json()["items"][1]
    assert api.post(address, json=said(pair, item, choice="a", first_version=9)).status_code == 409
    for wrong in ({"choice": "best"}, {"choice": "a", "reason": "mood"}, {"choice": "mean"}, {"choice": None}, {},
                  {"choice": "a", "id": "1"}, {"choice": "redraw"}, {"choice": "a", "reason": "other"},
                  {"choice": "redraw", "after": {"type": "macro", "onset": 5, "offset": 3}}):  # fmt: skip
        assert api.post(address, json=said(pair, item, **wrong)).status_code == 422, wrong
    assert api.get(f"{address}?first={pair[0]}").status_code == 422
    assert api.get(f"{address}?first={pair[0]}&second=99999").status_code == 422


def test_coders_never_see_each_others_work_through_it(api, place):
    address, pair = place
    own = {"X-Glint-Token": api.token(annotator_id=pair[0], role="annotator")}
    answer = api.get(f"{address}?first={pair[0]}&second={pair[1]}", headers=own)
    assert answer.status_code == 403
    assert "48" not in answer.text
