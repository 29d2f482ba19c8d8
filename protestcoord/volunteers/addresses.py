"""How is a volunteer reached: the address and its links, sealed and opened here alone."""

import hmac
from dataclasses import asdict, dataclass

from protestcoord.core.crypto import look_up_index, open_sealed, seal
from protestcoord.signups.contacts import ContactVault
from protestcoord.volunteers.models import Subscription

# An HMAC-SHA256 in hexadecimal digits.
INDEX_CHARACTERS = 64


@dataclass(frozen=True)
class Address:
    """What is private of a subscription; the database alone holds digests of the links."""

    email: str
    confirm_token: str
    leave_token: str


def seal_address(
    vault: ContactVault, subscription: Subscription, campaign_slug: str, address: Address
) -> None:
    """Put an address into its subscription, readable only with the campaign's key."""
    key = vault.keys.make(campaign_slug)
    subscription.sealed = seal(key, Subscription.__tablename__, subscription.id, asdict(address))


def open_address(vault: ContactVault, subscription: Subscription) -> Address:
    """Return the address of a subscription.

    Raises:
        CannotOpen: The campaign was purged, or the row was tampered with.
    """
    key = vault.keys.get(subscription.slot.site.campaign.slug)
    table, row = Subscription.__tablename__, subscription.id
    return Address(**open_sealed(key, table, row, subscription.sealed))


def block_proof(vault: ContactVault, email: str) -> str:
    """Return what proves, in a mail to an address, that its reader may block it.

    It is the address's digest and an HMAC of that: it holds for good, also when the address was
    forgotten, and says nothing of it.
    """
    index = vault.anywhere_index(email)
    return index + _proof_of(vault, index)


def proven_index(vault: ContactVault, proof: str) -> str | None:
    """Return the digest of the address that a proof lets block, or None if it proves nothing."""
    index, given = proof[:INDEX_CHARACTERS], proof[INDEX_CHARACTERS:]
    is_good = hmac.compare_digest(given.encode(), _proof_of(vault, index).encode())
    return index if is_good else None


def _proof_of(vault: ContactVault, index: str) -> str:
    return look_up_index(vault.index_key, "block", index)
