"""Corpus folders in the owners' layout, made small by us: numbering, gaps, missing folders."""

import cv2
import numpy as np
import pytest
from openpyxl import Workbook

from spotcore.corpora import read_corpus
from spotcore.errors import InvalidFile, InvalidSettings
from spotcore.video import open_video


def make_pictures(folder, names):
    folder.mkdir(parents=True)
    for name in names:
        cv2.imwrite(str(folder / name), np.full((8, 8), 90, np.uint8))


def save_rows(path, *sheets):
    book = Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(f"sheet{number}")
        for row in rows:
            sheet.append(row)
    book.save(path)


@pytest.fixture
def casme2(tmp_path):
    make_pictures(tmp_path / "rawpic" / "s15" / "15_0101disgustingteeth", [f"img{k}.jpg" for k in range(1, 31)])
    make_pictures(tmp_path / "rawpic" / "s15" / "15_0502funnyerrors", [f"img{k}.jpg" for k in range(1, 11)])
    rows = [
        (1, "disgust1_1", 5, 8, 12, "4", "negative", "micro-expression", "disgust"),
        (1, "disgust1_2", 20, 25, 0, "4", "negative", "macro-expression", "disgust"),
        (1, "anger1_1", 2, 3, 9, "4", "negative", "macro-expression", "anger"),
    ]
    codes = [("0101", "disgust1"), ("0502", "happy1"), ("0401", "anger1")]
    save_rows(tmp_path / "CAS(ME)^2code_final.xlsx", rows, [(15, "s15", 1)], codes)
    return tmp_path


def test_casme2_folders_and_sheet_meet_by_subject_and_code(casme2):
    corpus = read_corpus("casme2_sq", casme2, missing_offset="apex")
    assert [video.id for video in corpus.videos] == ["15_0101", "15_0502"]
    first = corpus.videos[0]
    assert [(e.interval.onset, e.interval.offset, e.interval.type) for e in first.events] == [
        (4, 11, "micro"),
        (19, 24, "macro"),
    ]
    with open_video(first.folder, rate=first.fps) as video:
        assert video.info.table.frame_count == 30


def test_a_video_without_events_is_a_video_of_the_corpus(casme2):
    assert read_corpus("casme2_sq", casme2).videos[1].events == ()


def test_an_annotated_video_without_folder_is_counted_not_skipped_in_silence(casme2):
    assert any("no folder" in note and "15_0401" in note for note in read_corpus("casme2_sq", casme2).notes)


def test_samm_folders_and_sheet_meet_by_file_name(tmp_path):
    make_pictures(tmp_path / "SAMM_longvideos" / "006_1", [f"006_1_{k:04d}.jpg" for k in range(1, 41)])
    header = ("Subject", "Filename", "Inducement Code", "Onset", "Apex", "Offset", "Duration", "Type", "Action Units")
    rows = [("preamble",)] * 9 + [header, ("006", "006_1_1", 1, 0, 4.6, 20, None, "Macro", "4"),
                                  ("006", "006_1_2", 1, 21, -1, 30, None, "Micro - 1/2", "7")]  # fmt: skip
    save_rows(tmp_path / "SAMM_LongVideos_V1.xlsx", rows)
    corpus = read_corpus("samm_long", tmp_path)
    events = corpus.videos[0].events
    assert [(e.interval.onset, e.interval.apex, e.interval.offset) for e in events] == [(0, 4, 19), (20, None, 29)]
    assert corpus.videos[0].fps == 200


def test_casme3_folders_may_start_anywhere_and_have_gaps(tmp_path):
    numbers = [100, 101, 103, 104, 110]
    make_pictures(tmp_path / "spNO.1" / "a" / "color", [f"{k}.jpg" for k in numbers])
    header = ("Subject", "Filename", "Onset", "Apex", "Offset", "AU", "emotion")
    for word, row in (("ME", (101, 103, 104, "4", "x")), ("MaE", (100, 0, 110, "12", "x"))):
        save_rows(tmp_path / f"cas(me)3_part_A_{word}_label_JpgIndex_v2.xlsx", [header, ("spNO.1", "a", *row)])
    video = read_corpus("casme3", tmp_path).videos[0]
    assert (video.id, video.subject, video.first_number) == ("spNO.1_a", "spNO.1", 100)
    assert [(e.interval.type, e.interval.onset, e.interval.offset) for e in video.events] == [
        ("macro", 0, 10),
        ("micro", 1, 4),
    ]
    with open_video(video.folder, rate=video.fps) as pictures:
        assert list(np.flatnonzero(~pictures.info.table.present)) == [2, 5, 6, 7, 8, 9]


def test_an_offset_before_its_onset_is_refused_with_its_row(casme2):
    save_rows(
        casme2 / "CAS(ME)^2code_final.xlsx",
        [(1, "disgust1_1", 9, 9, 5, "", "", "micro-expression", "")],
        [(15, "s15", 1)],
        [("0101", "disgust1")],
    )
    with pytest.raises(InvalidFile, match=r"row 1.*offset 5 lies before the onset 9"):
        read_corpus("casme2_sq", casme2)


def test_a_corpus_nobody_knows_is_refused_with_the_known_ones():
    with pytest.raises(InvalidSettings, match="casme2_sq, samm_long, casme3"):
        read_corpus("mmew", "/nowhere")
