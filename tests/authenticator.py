"""A passkey in software: it makes a key and signs as a device does, or wrongly where asked to."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def text_of(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def bytes_of(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Passkey:
    """One key in one device, for pages of ``origin`` and the host ``rp_id``."""

    origin: str = "https://protest.example"
    rp_id: str = "protest.example"
    count: int = 0
    flags: int = PRESENT | VERIFIED
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def make(self, options: str, **changes: Any) -> str:
        """What ``navigator.credentials.create`` gives, as the script sends it."""
        data = self._data(ATTESTED) + self._attested()
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options, changes)
        return self._sent(clientDataJSON=client, attestationObject=attestation)

    def sign(self, options: str, **changes: Any) -> str:
        """What ``navigator.credentials.get`` gives, as the script sends it."""
        self.count += 1
        data, client = self._data(), self._client("webauthn.get", options, changes)
        signed = data + hashlib.sha256(client).digest()
        signature = self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return self._sent(clientDataJSON=client, authenticatorData=data, signature=signature)

    def _data(self, more_flags: int = 0) -> bytes:
        host = hashlib.sha256(self.rp_id.encode()).digest()
        return host + bytes([self.flags | more_flags]) + self.count.to_bytes(4, "big")

    def _attested(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        return bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(cose)

    def _client(self, kind: str, options: str, changes: dict[str, Any]) -> bytes:
        challenge = json.loads(options)["challenge"]
        client = {"type": kind, "challenge": challenge, "origin": self.origin}
        return json.dumps(client | changes).encode()

    def _sent(self, **response: bytes) -> str:
        own = text_of(self.id)
        parts = {name: text_of(part) for name, part in response.items()}
        return json.dumps({"id": own, "rawId": own, "type": "public-key", "response": parts})
