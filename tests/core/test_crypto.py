import stat
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from protestcoord.core.crypto import CannotOpen, KeyFolder, look_up_index, open_sealed, seal

KEY = bytes(range(32))
VALUE = {"email": "lantern@example.org"}


def test_a_sealed_value_opens_with_its_key_in_its_row():
    assert open_sealed(KEY, "contact", "a", seal(KEY, "contact", "a", VALUE)) == VALUE


def test_the_same_value_is_sealed_differently_each_time():
    assert seal(KEY, "contact", "a", VALUE) != seal(KEY, "contact", "a", VALUE)


@pytest.mark.parametrize(
    ("key", "table", "row"),
    [(bytes(32), "contact", "a"), (KEY, "group", "a"), (KEY, "contact", "b")],
    ids=["another key", "another table", "another row"],
)
def test_a_sealed_value_opens_nowhere_else(key, table, row):
    sealed = seal(KEY, "contact", "a", VALUE)
    with pytest.raises(CannotOpen):
        open_sealed(key, table, row, sealed)


def test_a_changed_byte_is_noticed():
    sealed = bytearray(seal(KEY, "contact", "a", VALUE))
    for place in range(len(sealed)):
        changed = bytes(sealed[:place]) + bytes([sealed[place] ^ 1]) + bytes(sealed[place + 1 :])
        with pytest.raises(CannotOpen):
            open_sealed(KEY, "contact", "a", changed)


def test_a_key_is_made_once_and_is_its_owners_alone(tmp_path):
    keys = KeyFolder(tmp_path / "keys")
    assert keys.make("noon") == keys.make("noon") == keys.get("noon")
    assert stat.S_IMODE((tmp_path / "keys" / "noon.key").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["noon.key"]


def test_a_destroyed_key_opens_nothing(tmp_path):
    keys = KeyFolder(tmp_path / "keys")
    keys.make("noon")
    keys.destroy("noon")
    with pytest.raises(CannotOpen):
        keys.get("noon")


def test_the_index_of_an_address_differs_between_campaigns():
    assert look_up_index("ab" * 32, "noon", "a@b.c") != look_up_index("ab" * 32, "dusk", "a@b.c")


def test_a_key_that_many_make_at_once_is_one_key(tmp_path):
    keys, together = KeyFolder(tmp_path / "keys"), Barrier(16)

    def make(_number):
        together.wait()
        return keys.make("noon")

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(make, range(16)))) == 1
    assert [path.name for path in keys.folder.iterdir()] == ["noon.key"]
