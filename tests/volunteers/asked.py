"""A slot that reminds, and somebody who asked it to."""

from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Slot
from protestcoord.core.mail import OutboxMail
from protestcoord.signups.contacts import ContactVault
from protestcoord.volunteers import reminders
from protestcoord.volunteers.models import Subscription
from protestcoord.volunteers.reminders import ReminderRequest
from protestcoord.volunteers.rules import Moment
from tests.stored import NOW, store_campaign, store_slot

EMAIL = "walker@example.org"
on_both = pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)],
    indirect=True,
)


def reminding_slot(session: Session, **changes: Any) -> Slot:
    campaign = store_campaign(session, counts_turnout=True, sends_reminders=True)
    return store_slot(session, campaign, **changes)


def ask(session: Session, vault: ContactVault, slot: Slot, **changes: Any) -> Subscription | None:
    """The newest subscription after somebody asked, if the address may be mailed."""
    before = set(session.scalars(select(Subscription.id)))
    at = changes.pop("at", NOW)
    values = {"email": EMAIL, "moments": list(Moment), "language": "en"} | changes
    reminders.ask_for_reminders(session, vault, slot, ReminderRequest(**values), at)
    made = [s for s in session.scalars(select(Subscription)) if s.id not in before]
    return made[0] if made else None


def store_confirmed(
    session: Session, vault: ContactVault, slot: Slot, **changes: Any
) -> Subscription:
    """A subscription that is confirmed; the mail that asked for it has left."""
    subscription = ask(session, vault, slot, **changes)
    assert subscription is not None
    reminders.confirm_reminders(session, subscription, NOW)
    session.execute(delete(OutboxMail))
    return subscription


def kinds(session: Session) -> list[str]:
    return list(session.scalars(select(OutboxMail.kind).order_by(OutboxMail.created_at)))
