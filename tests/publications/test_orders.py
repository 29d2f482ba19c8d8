import stat

import pytest

from protestcoord.publications.orders import MOST_WAITING, Orders, TooManyOrders

NAME = "ja/c/noon/sites/de-berlin-embassy/poster-a4.pdf"


@pytest.fixture
def orders(tmp_path):
    return Orders(tmp_path / "orders")


def test_nothing_is_ordered_where_nobody_asked(orders):
    assert orders.names() == frozenset()
    assert not orders.is_waiting(NAME)


def test_what_was_asked_for_waits_until_it_is_done(orders):
    orders.place(NAME)
    orders.place("other.pdf")
    orders.place(NAME)
    assert orders.names() == {NAME, "other.pdf"}
    orders.note_done([NAME, "never asked for.pdf"])
    assert (orders.is_waiting(NAME), orders.names()) == (False, {"other.pdf"})


def test_who_asks_for_too_much_has_to_wait_and_others_keep_their_place(orders):
    for number in range(MOST_WAITING):
        orders.place(f"{number}.pdf")
    with pytest.raises(TooManyOrders):
        orders.place(NAME)
    orders.place("0.pdf")
    assert len(orders.names()) == MOST_WAITING


def test_an_order_that_is_done_while_others_are_read_disturbs_nobody(orders):
    orders.place(NAME)
    (orders.folder / "done meanwhile.txt").symlink_to("nowhere")
    assert orders.names() == {NAME}


def test_nobody_else_reads_what_was_asked_for(orders):
    orders.place(NAME)
    assert stat.S_IMODE(orders.folder.stat().st_mode) == 0o700
