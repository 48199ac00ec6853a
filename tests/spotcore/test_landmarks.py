"""Faces are found, the largest first, and the library behind it keeps quiet."""

import subprocess
import sys

import numpy as np

from spotcore.alignment import eye_distance
from spotcore.landmarks import FaceFinder, FaceFollower, face_size
from tests.spotcore.moving_faces import moved_head, portrait, portrait_points


def test_landmarks_have_the_mesh_shape_and_lie_on_the_face():
    points = portrait_points()
    assert points.shape == (468, 3)
    assert 60 < eye_distance(points) < 110
    assert points[133, 0] < points[362, 0]


def test_a_follower_sees_a_shift_of_the_head_as_it_is():
    follower = FaceFollower()
    before = follower.follow(portrait())
    after = follower.follow(moved_head((10, 0), 0, 1))
    follower.close()
    shift = np.median((after - before)[:, 0]) / eye_distance(before) * 100
    assert abs(shift - 10) < 1.5


def test_a_picture_without_a_face_gives_none():
    finder, follower = FaceFinder(), FaceFollower()
    empty = np.full((240, 320, 3), 90, np.uint8)
    assert finder.find(empty) == []
    assert follower.follow(empty) is None
    finder.close()
    follower.close()


def test_of_two_faces_the_larger_comes_first():
    small = portrait()[::2, ::2]
    both = np.full((480, 760, 3), 128, np.uint8)
    both[:240, :240] = small
    both[:, 280:] = portrait()
    finder = FaceFinder()
    faces = finder.find(both)
    finder.close()
    assert len(faces) == 2
    assert face_size(faces[0]) > 1.7 * face_size(faces[1])
    assert faces[0][:, 0].mean() > 280


def test_nothing_of_the_library_is_printed():
    code = (
        "import numpy as np; from skimage import data; from spotcore.landmarks import FaceFinder, FaceFollower;"
        "picture = np.ascontiguousarray(data.astronaut()[:300]);"
        "assert len(FaceFinder().find(picture)) == 1; assert FaceFollower().follow(picture) is not None"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    lines = [line for line in run.stderr.splitlines() if "Warning" not in line and "warn" not in line]
    assert lines == []
    assert run.stdout == ""
