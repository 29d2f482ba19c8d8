"""How does every group get a new link at once: some hundred at a time, told by mail."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, sessionmaker

from protestcoord.core.database import unit_of_work
from protestcoord.core.mail import queue_mail
from protestcoord.signups.contacts import ContactVault
from protestcoord.signups.mails import MailKind
from protestcoord.signups.models import Group
from protestcoord.signups.service import give_new_link

A_BATCH = 500


def renew_links(sessions: sessionmaker[Session], vault: ContactVault, now: datetime) -> int:
    """Give each group a new link, so that the old ones are dead; return how many got one.

    Only a group whose address is proven gets a mail: the others may be anybody's. Broken off and
    called again, some get a second mail; the last link is the one that works.
    """
    renewed, after = 0, 0
    with sessions() as session:
        while True:
            with unit_of_work(session):
                groups = _next_groups(session, after)
                for group in groups:
                    renewed += _renew(session, vault, group, now)
                after = groups[-1].id if groups else after
            if not groups:
                return renewed


def _next_groups(session: Session, after: int) -> list[Group]:
    chosen = select(Group).where(Group.id > after, Group.merged_at.is_(None))
    whole = chosen.options(joinedload(Group.contact), joinedload(Group.campaign))
    return list(session.scalars(whole.order_by(Group.id).limit(A_BATCH)))


def _renew(session: Session, vault: ContactVault, group: Group, now: datetime) -> bool:
    if not give_new_link(vault, group):
        return False
    if group.verified_at is not None:
        queue_mail(session, MailKind.LINK, group.contact_id, now)
    return True
