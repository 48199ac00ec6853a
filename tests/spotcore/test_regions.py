"""The regions are where the ten-node graph of the papers expects them."""

from spotcore.regions import FEATURE_KIND, REGION_GROUPS, REGION_INDEX, REGIONS
from tests.spotcore.moving_faces import portrait_points

GRAPH = ((0, 1), (1, 2), (3, 4), (4, 5), (6, 8), (7, 8), (6, 9), (7, 9), (0, 3), (3, 8), (0, 8))


def test_brows_run_from_the_nose_outward_and_left_is_left_in_the_picture():
    x = portrait_points()[REGION_INDEX, 0]
    assert x[2] < x[1] < x[0] < x[3] < x[4] < x[5]
    assert x[6] < x[8] < x[7]


def test_the_upper_lip_lies_between_brows_and_lower_lip():
    y = portrait_points()[REGION_INDEX, 1]
    assert y[:6].max() < y[8] < y[9]


def test_edges_of_the_graph_join_regions_that_are_near_on_the_face():
    points = portrait_points()[REGION_INDEX, :2]
    brow_and_mouth = [abs(points[a] - points[b]).max() for a, b in GRAPH if {a, b} != {3, 8} and {a, b} != {0, 8}]
    assert max(brow_and_mouth) < abs(points[2] - points[7]).max()


def test_every_region_is_in_one_group_for_display():
    assert sorted(index for rows in REGION_GROUPS.values() for index in rows) == list(range(len(REGIONS)))
    assert FEATURE_KIND.regions == REGIONS
