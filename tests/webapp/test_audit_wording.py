"""Entries of the audit and browsers in words."""

from __future__ import annotations

import pytest

from webapp import audit_wording

MOZILLA = "Mozilla/5.0"


def test_ids_become_names_where_somebody_has_one_and_numbers_where_not() -> None:
    about = {"version_id": 3, "annotator_id": 2, "job_id": 7}
    assert audit_wording.details(about, {3: "dilated-1"}, {}) == "version dilated-1, person 2, job 7"


def test_kinds_shares_and_answers_are_words() -> None:
    about = {"kind": "spot_library", "double_share": 0.3, "reviewed": True}
    assert audit_wording.details(about, {}, {}) == "kind: Spot the library, double share: 30 %, reviewed: yes"


def test_a_kind_that_is_not_known_any_more_is_shown_as_it_was_noted() -> None:
    assert audit_wording.details({"kind": "bygone"}, {}, {}) == "kind: bygone"


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (f"{MOZILLA} (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36", "Chrome 141 on Linux"),
        (f"{MOZILLA} (Windows NT 10.0) AppleWebKit/537.36 Chrome/141.0 Safari/537.36 Edg/141.0", "Edge 141 on Windows"),
        (f"{MOZILLA} (Macintosh; Intel Mac OS X 10_15) AppleWebKit/605 Version/18.1 Safari/605", "Safari 18 on macOS"),
        (f"{MOZILLA} (X11; Ubuntu; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox 140 on Linux"),
        (f"{MOZILLA} (X11; Linux x86_64) HeadlessChrome/156.0.0.0 Safari/537.36", "Chrome 156 on Linux"),
        ("curl/8.1", "curl/8.1"),
        ("", "unknown browser"),
    ],
)
def test_a_browser_is_named_by_what_people_call_it(agent: str, said: str) -> None:
    assert audit_wording.browser(agent) == said
