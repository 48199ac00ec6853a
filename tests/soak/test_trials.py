"""The bookkeeping of soak runs: resumes, repeats failures, draws the same numbers again."""

from tests.soak import trials


def test_a_stopped_run_goes_on_and_repeats_only_what_failed(tmp_path, monkeypatch):
    monkeypatch.setattr(trials, "RESULTS", tmp_path)
    seen = []

    def trial(number, generator):
        seen.append((number, int(generator.integers(1000))))
        assert number != 2, "the third one fails"
        return {"number": number}

    failed = trials.Trials("sample", 4, seed=7).run(trial)
    assert [record["trial"] for record in failed] == [2]
    first = list(seen)
    seen.clear()
    trials.Trials("sample", 5, seed=7).run(trial)
    assert [number for number, _ in seen] == [2, 4]
    assert seen[0] == first[2]
