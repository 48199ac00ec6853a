"""Working ahead changes nothing but the time it takes."""

import threading

import pytest

from spotcore.read_ahead import in_thread


def test_items_come_in_order_from_another_thread():
    names = set()

    def made():
        for n in range(100):
            names.add(threading.current_thread().name)
            yield n

    assert list(in_thread(made(), 3)) == list(range(100))
    assert names == {"glint-read-ahead"}


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9])
def test_items_handed_over_together_are_all_there(count):
    assert list(in_thread(iter(range(count)), 6, together=4)) == list(range(count))


@pytest.mark.parametrize("together", [1, 4])
def test_an_error_of_the_maker_is_raised_after_the_items_before_it(together):
    def made():
        yield 1
        raise ValueError("broken")

    items = in_thread(made(), 8, together)
    assert next(items) == 1
    with pytest.raises(ValueError, match="broken"):
        next(items)


def test_a_reader_that_stops_early_closes_the_maker():
    closed = []

    def made():
        try:
            yield from range(10_000)
        finally:
            closed.append(True)

    items = in_thread(made(), 2)
    next(items)
    items.close()
    assert closed == [True]
