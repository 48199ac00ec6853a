"""Where on the face movement is read: regions, head-motion points, eyes and lips, as mesh indices.

Constants and the feature kind they define; no landmark detector and no flow here, so that networks and pages can name
the regions without loading either. Indices are those of the 468-point MediaPipe mesh; "left" and "right" are sides of
the picture, the subject's right and left (METHODS section 2).
"""

from __future__ import annotations

import numpy as np

from spotcore.feature_files import FeatureKind

# Order and neighbours follow the ten-node graph of SpoT-GCN: 0-1 1-2 3-4 4-5 6-8 7-8 6-9 7-9 0-3 3-8 0-8.
REGION_POINTS: dict[str, int] = {
    "left_brow_inner": 66,
    "left_brow_middle": 105,
    "left_brow_outer": 63,
    "right_brow_inner": 296,
    "right_brow_middle": 334,
    "right_brow_outer": 293,
    "left_mouth_corner": 61,
    "right_mouth_corner": 291,
    "upper_lip": 0,
    "lower_lip": 17,
}
REGIONS: tuple[str, ...] = tuple(REGION_POINTS)

# What a reviewer reads as one curve; a movement on one side only must stay visible.
REGION_GROUPS: dict[str, tuple[int, ...]] = {
    "left_brow": (0, 1, 2),
    "right_brow": (3, 4, 5),
    "left_mouth": (6,),
    "right_mouth": (7,),
    "lips": (8, 9),
}

FEATURE_KIND = FeatureKind(extractor="anchor-dis/1", regions=REGIONS)

LEFT_EYE = (33, 133)  # outer and inner corner
RIGHT_EYE = (263, 362)
INNER_CORNERS = (133, 362)
# Nose, bridge and eye corners: what moves with the skull, within a fraction of a per cent.
RIGID_POINTS = (6, 197, 195, 5, 4, 1, 133, 362, 33, 263, 168)
# For aligning one mesh to another, where flow is not asked: more of the forehead and the temples.
MESH_RIGID_POINTS = (*RIGID_POINTS, 10, 151, 9, 8, 127, 356, 234, 454, 98, 327, 122, 351)
# (upper lid, lower lid) pairs and the corners of the same eye.
LID_PAIRS = (((159, 145), (160, 144), (158, 153)), ((386, 374), (387, 373), (385, 380)))
LID_POINTS = (159, 145, 386, 374)
NOSE_PATCH = (195, 5, 4, 1)

# Measured beside the regions for people who look at an interval. Networks and the baseline never see them, so they are
# no part of the feature kind: files of one kind may have them or lack them. The chin's point is its upper part, which
# the chin raiser moves and the crop of an anchor still holds.
SOFT_POINTS: dict[str, int] = {"left_cheek": 50, "right_cheek": 280, "chin": 200}
LIDS = ("left_upper_lid", "left_lower_lid", "right_upper_lid", "right_lower_lid")  # in the order of LID_POINTS
WATCHED = (*SOFT_POINTS, *LIDS)
WATCHED_GROUPS: dict[str, tuple[str, ...]] = {
    "left_cheek": ("left_cheek",),
    "right_cheek": ("right_cheek",),
    "chin": ("chin",),
    "left_lids": LIDS[:2],
    "right_lids": LIDS[2:],
}
# Names of their measurements in a trace file, x and y of each.
WATCHED_SIGNALS = tuple(f"motion/{name}/{axis}" for name in WATCHED for axis in "xy")

# Points whose place in the picture is kept for people to look at: regions by name, landmarks by mesh index.
PICTURE_POINTS = (*REGIONS, *map(str, RIGID_POINTS))

REGION_INDEX = np.array(list(REGION_POINTS.values()))
SOFT_INDEX = np.array(list(SOFT_POINTS.values()))
