"""One person is followed: the largest, or the one somebody pointed at."""

import numpy as np
import pytest

from spotcore.errors import InvalidSettings
from spotcore.person import PersonChoice, PersonFollower
from tests.spotcore.moving_faces import portrait


def two_people() -> np.ndarray:
    both = np.full((480, 760, 3), 128, np.uint8)
    both[100:340, :240] = portrait()[::2, ::2]
    both[:, 280:] = portrait()
    return both


def middle_of(choice: PersonChoice | None) -> float:
    follower = PersonFollower(choice)
    try:
        for frame in range(3):
            points = follower.landmarks(two_people(), frame, frame / 6)
        assert follower.several
        return float(points[:, 0].mean())
    finally:
        follower.close()


def test_the_largest_face_is_followed():
    assert middle_of(None) > 300


@pytest.mark.parametrize("choice", [PersonChoice(0, point=(120, 200)), PersonChoice(2, box=(20, 110, 200, 220))])
def test_a_chosen_person_is_followed_though_smaller(choice):
    assert middle_of(choice) < 240


def test_a_person_who_comes_back_elsewhere_is_found_again():
    follower = PersonFollower()
    left, right = (np.full((480, 900, 3), 128, np.uint8) for _ in range(2))
    left[:, :480] = portrait()
    right[:, 420:] = portrait()
    seen = [follower.landmarks(p, n, n / 6) for n, p in enumerate([left, np.full_like(left, 128), right, right])]
    follower.close()
    assert seen[0] is not None
    assert seen[1] is None
    assert seen[2][:, 0].mean() - seen[0][:, 0].mean() == pytest.approx(420, abs=8)


def test_a_choice_survives_json():
    for choice in (PersonChoice(3, point=(1.5, 2.0)), PersonChoice(0, box=(1.0, 2.0, 3.0, 4.0))):
        assert PersonChoice.from_json(choice.to_json()) == choice


@pytest.mark.parametrize("value", [{}, {"frame": 1}, {"frame": -1, "point": [1, 2]}, {"frame": "x", "point": [1, 2]},
                                   {"frame": 1, "point": [1, 2], "box": [1, 2, 3, 4]}])  # fmt: skip
def test_a_choice_that_names_nobody_is_refused(value):
    with pytest.raises(InvalidSettings):
        PersonChoice.from_json(value)
