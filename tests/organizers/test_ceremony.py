"""What a browser is asked to do with a passkey, and which of its answers is right."""

import json
from dataclasses import replace

import pytest

from protestcoord.organizers.ceremony import (
    MadePasskey,
    RelyingParty,
    WrongPasskey,
    creation_options,
    credential_id_in,
    made_passkey,
    next_sign_count,
    relying_party_of,
    request_options,
)
from tests.authenticator import PRESENT, VERIFIED, Passkey, bytes_of

PARTY = RelyingParty("protest.example", "https://protest.example")
CHALLENGE, HANDLE = b"c" * 32, b"h" * 32
OPTIONS = request_options(PARTY, CHALLENGE, [])
EVIL = {"origin": "https://protest.example.evil.example"}


@pytest.mark.parametrize(
    ("base_url", "party"),
    [
        ("https://protest.example", PARTY),
        ("https://Protest.Example:443", PARTY),
        ("https://a.example:8443", RelyingParty("a.example", "https://a.example:8443")),
        ("http://localhost:8000", RelyingParty("localhost", "http://localhost:8000")),
        (
            "https://bücher.example",
            RelyingParty("xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ),
        ("http://127.0.0.1:8000", None),
        ("http://[::1]:8000", None),
    ],
)
def test_passkeys_are_for_the_host_and_origin_of_the_settings(base_url, party):
    assert relying_party_of(base_url) == party


def test_a_new_passkey_is_asked_to_verify_its_user_and_to_say_nothing_of_the_device():
    asked = json.loads(creation_options(PARTY, HANDLE, "kim@example.org", CHALLENGE, [b"old"]))
    assert asked["attestation"] == "none"
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert bytes_of(asked["challenge"]) == CHALLENGE
    assert asked["rp"] == {"id": "protest.example", "name": "protestcoord"}
    assert [bytes_of(one["id"]) for one in asked["excludeCredentials"]] == [b"old"]


def test_a_passkey_is_asked_for_among_those_of_the_account():
    asked = json.loads(request_options(PARTY, CHALLENGE, [b"mine"]))
    assert asked["userVerification"] == "required"
    assert [bytes_of(one["id"]) for one in asked["allowCredentials"]] == [b"mine"]


def known(passkey):
    return made_passkey(PARTY, passkey.make(OPTIONS), CHALLENGE)


def test_what_is_made_as_asked_is_kept_and_its_signature_counts():
    passkey = Passkey()
    made = known(passkey)
    assert made == MadePasskey(passkey.id, made.public_key, 0)
    signed = passkey.sign(OPTIONS)
    assert credential_id_in(signed) == passkey.id
    assert next_sign_count(PARTY, signed, CHALLENGE, made) == 1


def test_a_device_that_never_counts_is_taken_each_time():
    passkey = Passkey()
    made = known(passkey)
    for _ in range(2):
        passkey.count = -1
        assert next_sign_count(PARTY, passkey.sign(OPTIONS), CHALLENGE, made) == 0


OTHER_CHALLENGE = {"challenge": "b3RoZXI"}
NOT_VERIFIED = {"flags": PRESENT}
NOT_PRESENT = {"flags": VERIFIED}
OTHER_HOST = {"rp_id": "evil.example"}


@pytest.mark.parametrize(
    ("device", "client"),
    [
        ({}, EVIL),
        ({}, {"origin": "http://protest.example"}),
        ({}, OTHER_CHALLENGE),
        ({}, {"type": "webauthn.get"}),
        (OTHER_HOST, {}),
        (NOT_VERIFIED, {}),
        (NOT_PRESENT, {}),
    ],
)
def test_what_was_made_otherwise_is_refused(device, client):
    passkey = Passkey()
    assert known(passkey), "the control"
    with pytest.raises(WrongPasskey):
        made_passkey(PARTY, replace(passkey, **device).make(OPTIONS, **client), CHALLENGE)


@pytest.mark.parametrize(
    ("device", "client"),
    [
        ({}, EVIL),
        ({}, OTHER_CHALLENGE),
        ({}, {"type": "webauthn.create"}),
        (OTHER_HOST, {}),
        (NOT_VERIFIED, {}),
        (NOT_PRESENT, {}),
        ({"key": Passkey().key}, {}),
        ({"count": 2}, {}),
        ({"count": 4}, {}),
    ],
)
def test_what_was_signed_otherwise_is_refused(device, client):
    passkey = Passkey(count=6)
    made = replace(known(passkey), sign_count=5)
    assert next_sign_count(PARTY, passkey.sign(OPTIONS), CHALLENGE, made) == 7, "the control"
    wrong = replace(passkey, **device).sign(OPTIONS, **client)
    with pytest.raises(WrongPasskey):
        next_sign_count(PARTY, wrong, CHALLENGE, made)


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "{}",
        "[]",
        "null",
        "ж",
        "[" * 9000,
        '{"id": 1}',
        '{"id": "AA"}',
        '{"id": "AA", "response": 3}',
    ],
)
def test_what_is_no_credential_is_refused(sent):
    with pytest.raises(WrongPasskey):
        made_passkey(PARTY, sent, CHALLENGE)
    with pytest.raises(WrongPasskey):
        next_sign_count(PARTY, sent, CHALLENGE, known(Passkey()))


@pytest.mark.parametrize("name", ["clientDataJSON", "attestationObject"])
def test_a_damaged_credential_is_refused_wherever_it_breaks(name):
    whole = json.loads(Passkey().make(OPTIONS))
    part = whole["response"][name]
    for length in range(0, len(part), 7):
        broken = whole | {"response": whole["response"] | {name: part[:length]}}
        with pytest.raises(WrongPasskey):
            made_passkey(PARTY, json.dumps(broken), CHALLENGE)
