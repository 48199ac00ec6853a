"""Whose faces are rendered: the stored mesh, the procedural variants, and names that are refused."""

from __future__ import annotations

import numpy as np
import pytest

from spotcore.errors import InvalidSettings, UnreadableVideo
from spotcore.synthesis.astronaut import astronaut_picture
from spotcore.synthesis.face import LOWER_INNER_LIP, UPPER_INNER_LIP, Face
from spotcore.synthesis.sources import identity_for
from spotcore.synthesis.variants import mirrored, variant_picture


def _found(rgb) -> np.ndarray:
    from spotcore.landmarks import FaceFinder

    finder = FaceFinder()
    try:
        return finder.find(rgb)[0]
    finally:
        finder.close()


def test_the_stored_mesh_is_where_the_landmark_model_sees_it():
    picture, points = astronaut_picture()
    face = Face(points)
    apart = np.linalg.norm(_found(picture)[:, :2] - points[:, :2], axis=1) / face.inter_ocular
    assert np.median(apart) < 0.03


def test_mirroring_twice_gives_the_mesh_back_and_swaps_sides():
    picture, points = astronaut_picture()
    assert np.allclose(mirrored(mirrored(points, 512), 512), points)
    once = mirrored(points, picture.shape[1])
    assert once[33, 0] < once[263, 0], "33 stays on the image-left side"


def test_variants_are_different_people_whose_mesh_fits_their_picture():
    pictures = [variant_picture(number) for number in (1, 4)]
    for picture, points in pictures:
        face = Face(points)
        apart = np.linalg.norm(_found(picture)[:, :2] - points[:, :2], axis=1) / face.inter_ocular
        assert np.median(apart) < 0.07
    assert np.abs(pictures[0][0].astype(float) - pictures[1][0]).mean() > 10
    again, _ = variant_picture(1)
    assert np.array_equal(again, pictures[0][0])


def test_some_variants_keep_their_lips_closed():
    gaps = []
    for number in (6, 7):
        face = Face(variant_picture(number)[1])
        gaps.append((face.points[LOWER_INNER_LIP[5], 1] - face.points[UPPER_INNER_LIP[5], 1]) / face.inter_ocular)
    assert min(gaps) < 0.03


@pytest.mark.parametrize("name", ["nobody", "variant:x", "media:", ""])
def test_unknown_identities_are_refused(name):
    with pytest.raises(InvalidSettings, match="expected"):
        identity_for(name, 256, 256, 60)


def test_a_media_identity_needs_a_folder_and_a_file(tmp_path):
    with pytest.raises(InvalidSettings, match="folder"):
        identity_for("media:a.jpg", 256, 256, 60)
    with pytest.raises(UnreadableVideo, match=r"a\.jpg"):
        identity_for("media:a.jpg", 256, 256, 60, tmp_path)


@pytest.mark.shared
def test_faces_of_the_media_folder_become_test_identities(shared_media):
    identity = identity_for("media:pyfeat_single_face.jpg", 256, 256, 60, shared_media)
    assert identity.inter_ocular == pytest.approx(60, rel=0.01)
    assert identity.face.points.shape == (468, 3)
    with pytest.raises(InvalidSettings, match="faces found"):
        identity_for("media:pyfeat_single_face.jpg#3", 256, 256, 60, shared_media)
