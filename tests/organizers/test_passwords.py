import pytest

from protestcoord.core.errors import InvalidValue
from protestcoord.organizers.passwords import is_easy, usable_password

EASY_TEXT = """
passwordpassword password1234567 Password12345678! p@ssw0rdp@ssw0rd iloveyouiloveyou
letmeinletmein1 welcomewelcome1 administrator123 qwertyuiopasdfgh qwertyuiop12345
1qaz2wsx3edc4rfv 123456789012345 987654321098765 abcdefghijklmnop aaaaaaaaaaaaaaa
1111111111111111 abcabcabcabcabc asdfghjklasdfghjkl zxcvbnmzxcvbnm1 121212121212121
correcthorsebatterystaple protestcoord2026 organizer-organizer
azertyuiopqsdfgh !@#$%^&*()!@#$% 000000000000000 changemechangeme
"""
EASY = EASY_TEXT.split()
GOOD = [
    "correct horse battery",
    "lantern orbit velvet seven",
    "8f3e1c9a7b2d4e6f",
    "Zug-Wolke-Kerze-94",
    "빛나는 바다 위의 작은 등불 하나 둘",
    "夜明け前の小さな灯りを運ぶ三人の友",
    "kQ7!vR2#mZ9&tL4@",
]


@pytest.mark.parametrize("password", EASY)
@pytest.mark.proves("A7")
def test_what_everybody_tries_is_refused_although_it_is_long(password):
    with pytest.raises(InvalidValue) as raised:
        usable_password(password.ljust(15, "1"))
    assert raised.value.field == "password"
    assert "first that are tried" in str(raised.value)


@pytest.mark.parametrize("password", GOOD)
@pytest.mark.control("A7")
def test_a_few_random_words_are_good(password):
    assert usable_password(password, "kim@example.org") == password


@pytest.mark.proves("A7")
def test_the_own_address_is_no_password():
    assert is_easy("lantern.velvet@example.org", "lantern.velvet@example.org")
    assert is_easy("lantern.velvet!", "lantern.velvet@example.org")
    assert not is_easy("lantern.velvet!", "lee@example.org"), "the control"


def test_one_password_in_two_forms_of_unicode_is_one():
    assert usable_password("Zürich Laterne Wolke") == usable_password("Zu\u0308rich Laterne Wolke")


def test_the_longest_password_is_judged_in_a_moment():
    assert not is_easy("aob1" * 5 + "".join(chr(200 + 7 * at * at % 101) for at in range(108)))
