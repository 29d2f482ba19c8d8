"""How is a volunteer reached: the address and its links, sealed and opened here alone."""

from dataclasses import asdict, dataclass

from protestcoord.core.crypto import open_sealed, seal
from protestcoord.signups.contacts import ContactVault
from protestcoord.volunteers.models import Subscription


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
