"""What does the mail say that invites somebody to work on a campaign."""

from email.message import EmailMessage
from typing import Any

from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign
from protestcoord.config import Settings
from protestcoord.core import templates
from protestcoord.core.crypto import CannotOpen
from protestcoord.core.links import Links
from protestcoord.core.mail import OutboxMail, mail_to
from protestcoord.members.models import Invitation
from protestcoord.members.rules import ROLE_LABELS
from protestcoord.members.service import invited_by
from protestcoord.organizers.sealing import accounts_key


def compose(
    session: Session, _vault: Any, settings: Settings, mail: OutboxMail
) -> EmailMessage | None:
    """Return the mail with an invitation's link; None if it was taken, called off or is too old."""
    invitation = session.get(Invitation, mail.contact_id)
    if invitation is None:
        return None
    try:
        invited = invited_by(accounts_key(settings.instance), invitation)
    except CannotOpen:
        return None
    links = Links(settings.BASE_URL, invitation.language, settings.DEFAULT_LANGUAGE)
    text = templates.render(
        "mail/members_invitation.txt",
        links,
        campaign=session.get_one(Campaign, invitation.campaign_id),
        role=ROLE_LABELS[invitation.role],
        link=links.absolute(f"/organize/invitations/{invited.token}/"),
    )
    return mail_to(settings, mail.id, invited.email, text)
