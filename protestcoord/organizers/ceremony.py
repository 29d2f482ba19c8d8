"""What is a browser asked to do with a passkey, and is its answer right; nothing is stored here."""

import ipaddress
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from protestcoord.core.errors import N_, InvalidValue

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

NAME: Final = "protestcoord"
PORTS: Final = {"http": 80, "https": 443}
PATIENCE_MILLISECONDS: Final = 120_000


class WrongPasskey(InvalidValue):
    """What the browser sent shows no passkey of this organizer, or came too late."""

    message = N_("This passkey was not taken. Please try once more, or use another way.")


@dataclass(frozen=True)
class RelyingParty:
    """For whom passkeys are made: the host, and the one origin whose pages may use them."""

    id: str
    origin: str


def relying_party_of(base_url: str) -> RelyingParty | None:
    """Return for whom passkeys of this site are made; None where its address is a number.

    Args:
        base_url: Public address of the site from its settings, never from a request.

    Source:
        Web Authentication Level 2, section 5.1.2: an id is a domain. HTML, serialization of an
        origin: small letters, Punycode, no port where it is the scheme's own.
    """
    parts = urlsplit(base_url)
    host = (parts.hostname or "").encode("idna").decode()
    if not host or _is_number(host):
        return None
    port = "" if parts.port in (None, PORTS[parts.scheme]) else f":{parts.port}"
    return RelyingParty(host, f"{parts.scheme}://{host}{port}")


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class MadePasskey:
    """What is worth keeping of a new passkey: nothing of the device that holds it."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


def creation_options(
    party: RelyingParty, handle: bytes, email: str, challenge: bytes, known: Iterable[bytes]
) -> str:
    """Return as JSON what ``navigator.credentials.create`` is asked for.

    Args:
        party: For whom.
        handle: What stands for the account in the device: 32 bytes that say nothing.
        email: What the device shows, so that one tells two accounts apart.
        challenge: What the answer has to hold.
        known: Credential ids of the account, so that no device makes a second one.
    """
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers.structs import (
        AttestationConveyancePreference,
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = generate_registration_options(
        rp_id=party.id,
        rp_name=NAME,
        user_id=handle,
        user_name=email,
        challenge=challenge,
        timeout=PATIENCE_MILLISECONDS,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_described(known),
    )
    return options_to_json(options)


def request_options(party: RelyingParty, challenge: bytes, known: Iterable[bytes]) -> str:
    """Return as JSON what ``navigator.credentials.get`` is asked for."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    options = generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        timeout=PATIENCE_MILLISECONDS,
        allow_credentials=_described(known),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def _described(known: Iterable[bytes]) -> "list[PublicKeyCredentialDescriptor]":
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    return [PublicKeyCredentialDescriptor(id=one) for one in known]


def made_passkey(party: RelyingParty, credential: str, challenge: bytes) -> MadePasskey:
    """Return the passkey that a browser has just made.

    Raises:
        WrongPasskey: It was made for another site or another challenge, or nobody showed the
            device who they are.
    """
    from webauthn import verify_registration_response

    with _refusing():
        made = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    return MadePasskey(made.credential_id, made.credential_public_key, made.sign_count)


def credential_id_in(credential: str) -> bytes:
    """Return the id of the passkey that a browser says it used.

    Raises:
        WrongPasskey: There is none.
    """
    from webauthn.helpers import base64url_to_bytes

    with _refusing():
        return base64url_to_bytes(json.loads(credential)["id"])


def next_sign_count(
    party: RelyingParty, credential: str, challenge: bytes, known: MadePasskey
) -> int:
    """Return how often a passkey says that it signed, if its answer is right.

    Raises:
        WrongPasskey: It signed for another site or another challenge, with another key, or
            nobody showed the device who they are; or its count went back, as a copy's does.
    """
    from webauthn import verify_authentication_response

    with _refusing():
        answer = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=known.public_key,
            credential_current_sign_count=known.sign_count,
            require_user_verification=True,
        )
    return answer.new_sign_count


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        # A stranger chose every byte, and the parsers of JSON, CBOR and keys have many ways to
        # fail: whatever happens in there, nobody gets in by it.
        raise WrongPasskey from error
