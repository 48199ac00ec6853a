"""What was chosen to be coded next goes with its video, and a count of keys is a count."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from db.models import CodingPick, Operation
from db.queries.erasing import erase_video
from tests.databases import database  # noqa: F401
from tests.webapp.services.library_material import desk


def test_an_erased_video_takes_its_picks_along(database):  # noqa: F811
    work = desk(database)
    study, videos = work.defaults.study_id, [work.video("a"), work.video("b", "s2")]
    with database.begin() as session:
        for place, video in enumerate(videos):
            session.add(CodingPick(study_id=study, video_id=video, batch=1, place=place, kind="random",
                                   new_subject=True, waiting=2, seed=0))  # fmt: skip
    with database.begin() as session:
        erase_video(session, videos[0], None)
    with database.read() as session:
        assert session.scalars(select(CodingPick.video_id)).all() == [videos[1]]


def test_keys_are_kept_with_their_operation_and_may_be_unknown(database):  # noqa: F811
    work = desk(database)
    video = work.video()
    work.do("review_span", video, after={"first": 0, "last": 9}, keys=7)
    work.do("review_span", video, after={"first": 20, "last": 29})
    with database.read() as session:
        assert session.scalars(select(Operation.keys).order_by(Operation.sequence)).all() == [7, None]


def test_a_negative_count_breaks_a_rule(database):  # noqa: F811
    work = desk(database)
    video = work.video()
    row = {"id": "1", "video_id": video, "annotator_id": work.annotator_id, "verb": "edit", "base_version": 0,
           "version": 0}  # fmt: skip
    with pytest.raises(IntegrityError), database.begin() as session:
        session.add(Operation(**row, keys=-1))
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Operation)) == 0
