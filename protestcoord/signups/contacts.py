"""How is a group reached: its contact, opened and sealed here and nowhere else."""

from dataclasses import asdict, dataclass
from http import HTTPStatus

from protestcoord.core.crypto import KeyFolder, look_up_index, open_sealed, seal
from protestcoord.core.errors import N_, DomainError
from protestcoord.signups.caps import counted_domain
from protestcoord.signups.models import Contact, GroupNote, Handover


@dataclass(frozen=True)
class ContactDetails:
    """What is private of a group.

    The group's link is kept here too: the database alone holds only its digest, a mail can still
    name it, and it dies with the campaign's key.
    """

    email: str
    link_token: str


class ContactsHidden(DomainError):
    """Somebody pressed panic, and it was not lifted yet."""

    message = N_(
        "Contacts are hidden, since somebody pressed panic. Whoever runs the site lifts it."
    )
    status = HTTPStatus.SERVICE_UNAVAILABLE


@dataclass(frozen=True)
class ContactVault:
    """Seals and opens the contacts of an instance.

    Attributes:
        keys: One key a campaign, named by its slug, outside the database.
        index_key: Hex key of the look-up by e-mail, outside the database.
        is_hidden: Whether nothing is opened, but still sealed: panic was pressed.
    """

    keys: KeyFolder
    index_key: str
    is_hidden: bool = False

    def email_index(self, campaign_slug: str, email: str) -> str:
        """Return what finds an address in one campaign, and tells nothing across campaigns."""
        return look_up_index(self.index_key, "email", campaign_slug, email.casefold())

    def anywhere_index(self, email: str) -> str:
        """Return what counts the mails that strangers cause at an address, in all campaigns."""
        return look_up_index(self.index_key, "anywhere", email.casefold())

    def domain_index(self, campaign_slug: str, email: str) -> str:
        """Return what counts the addresses of one mail domain; empty where that says nothing."""
        domain = counted_domain(email)
        return look_up_index(self.index_key, "domain", campaign_slug, domain) if domain else ""

    def mark_index(self, campaign_slug: str, email: str) -> str:
        """Return what finds the export that a made-up address was put into."""
        return look_up_index(self.index_key, "export", campaign_slug, email.casefold())

    def seal(self, contact: Contact, campaign_slug: str, details: ContactDetails) -> None:
        """Put the details into the contact, readable only with the campaign's key."""
        key = self.keys.make(campaign_slug)
        contact.sealed = seal(key, Contact.__tablename__, contact.id, asdict(details))

    def seal_handover(
        self, handover: Handover, campaign_slug: str, details: ContactDetails
    ) -> None:
        """Put in who is to have a group; its link is the one that accepts."""
        key = self.keys.make(campaign_slug)
        handover.sealed = seal(key, Handover.__tablename__, handover.id, asdict(details))

    def open_handover(self, handover: Handover) -> ContactDetails:
        """Return who is to have a group.

        Raises:
            CannotOpen: As ``open``.
        """
        key = self._key_to_open(handover.group.campaign.slug)
        opened = open_sealed(key, Handover.__tablename__, handover.id, handover.sealed)
        return ContactDetails(**opened)

    def seal_note(self, note: GroupNote, campaign_slug: str, text: str) -> None:
        """Put in what an organizer noted of a group."""
        key = self.keys.make(campaign_slug)
        note.sealed = seal(key, GroupNote.__tablename__, note.id, {"text": text})

    def open_note(self, note: GroupNote) -> str:
        """Return what an organizer noted of a group.

        Raises:
            CannotOpen: As ``open``.
        """
        key = self._key_to_open(note.group.campaign.slug)
        return str(open_sealed(key, GroupNote.__tablename__, note.id, note.sealed)["text"])

    def open(self, contact: Contact) -> ContactDetails:
        """Return the details of a contact.

        Raises:
            CannotOpen: The campaign was purged, or the row was tampered with.
            ContactsHidden: Panic was pressed.
        """
        key = self._key_to_open(contact.campaign.slug)
        return ContactDetails(**open_sealed(key, Contact.__tablename__, contact.id, contact.sealed))

    def _key_to_open(self, campaign_slug: str) -> bytes:
        if self.is_hidden:
            raise ContactsHidden
        return self.keys.get(campaign_slug)
