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


def test_an_error_of_the_maker_is_raised_after_the_items_before_it():
    def made():
        yield 1
        raise ValueError("broken")

    items = in_thread(made(), 2)
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
