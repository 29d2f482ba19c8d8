from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from protestcoord.organizers.totp import (
    app_address,
    code_at,
    matching_step,
    new_recovery_codes,
    new_secret,
    plain_recovery_code,
    secret_text,
    step_at,
)

SECRET = b"12345678901234567890"
NOW = datetime(2027, 1, 9, 12, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(seconds, code):
    assert code_at(SECRET, seconds // 30) == code


@pytest.mark.parametrize(
    ("off", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_clock_may_be_one_step_off(off, fits):
    code = code_at(SECRET, step_at(NOW) + off)
    assert (matching_step(SECRET, code, NOW, 0) is not None) is fits


def test_a_code_fits_once_and_no_older_one_after_it():
    step = step_at(NOW)
    older, current, newer = (code_at(SECRET, step + off) for off in (-1, 0, 1))
    assert matching_step(SECRET, current, NOW, 0) == step
    assert matching_step(SECRET, current, NOW, step) is None
    assert matching_step(SECRET, older, NOW, step) is None
    assert matching_step(SECRET, newer, NOW, step) == step + 1


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "１２３４５６", "0" * 1000])
def test_what_is_no_code_fits_never(typed):
    assert matching_step(SECRET, typed, NOW, 0) is None


def test_spaces_in_a_code_do_not_count():
    code = code_at(SECRET, step_at(NOW))
    assert matching_step(SECRET, f" {code[:3]} {code[3:]} ", NOW + timedelta(seconds=1), 0)


def test_a_secret_has_160_bits_and_the_app_is_told_all_of_it():
    secret = new_secret()
    assert len(secret) == 20
    assert secret != new_secret()
    address = urlsplit(app_address(secret, "kim@example.org"))
    asked = parse_qs(address.query)
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert address.path == "/protestcoord:kim%40example.org"
    assert asked["secret"] == [secret_text(secret).replace(" ", "")]
    assert asked["issuer"] == ["protestcoord"]


def test_recovery_codes_are_ten_and_all_different():
    codes = new_recovery_codes()
    assert len(set(codes)) == 10
    assert {len(plain_recovery_code(code)) for code in codes} == {28}
    assert plain_recovery_code(codes[0].lower().replace("-", " ")) == codes[0].replace("-", "")
