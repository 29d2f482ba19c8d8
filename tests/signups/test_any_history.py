"""No sequence of acts breaks what holds of sign-ups: hypothesis plays groups and organizers."""

import tempfile
from collections import Counter
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from protestcoord.core.crypto import KeyFolder
from protestcoord.core.database import unit_of_work
from protestcoord.core.errors import DomainError
from protestcoord.signups import leads, notices, places, service, undo
from protestcoord.signups.bulk import decline_many
from protestcoord.signups.caps import MOST_OFFERED_OF_DOMAIN, MOST_SIGN_UPS
from protestcoord.signups.contacts import ContactVault
from protestcoord.signups.models import Contact, Group, SignUp, SignUpStep
from protestcoord.signups.queries import find_sign_up
from protestcoord.signups.rules import HOLDS_PLACE, LIVE, TRANSITIONS, UNDONE, SignUpState
from tests.databases import emptied_postgres, with_tables
from tests.proofs import size
from tests.stored import NOW, request_for, store_campaign, store_organizer, store_slot

pytestmark = pytest.mark.long

CAPACITY, SLOTS = 2, 3
CONFIRMED, WAITLISTED = SignUpState.CONFIRMED, SignUpState.WAITLISTED


class History(RuleBasedStateMachine):
    """Acts on three slots of two places, each in a unit of work of its own."""

    url = ""
    sign_ups = Bundle("sign_ups")

    def __init__(self):
        super().__init__()
        self.closing = ExitStack()
        folder = Path(self.closing.enter_context(tempfile.TemporaryDirectory()))
        url = self.url
        if url.startswith("sqlite"):
            url = f"sqlite:///{folder / 'history.sqlite'}"
        else:
            url = emptied_postgres(self.url)
        self.sessions = with_tables(url)
        self.closing.callback(self.sessions.kw["bind"].dispose)
        self.vault = ContactVault(KeyFolder(folder), "ab" * 32)
        self.now = NOW
        self.confirmed_ever, self.left = set(), set()
        with self.sessions() as session, unit_of_work(session):
            campaign = store_campaign(session)
            days = [timedelta(days=number) for number in range(SLOTS)]
            slots = [store_slot(session, campaign, capacity=CAPACITY) for _ in days]
            for slot, days_later in zip(slots, days, strict=True):
                slot.starts_at += days_later
                slot.ends_at += days_later
            self.slot_ids = [slot.id for slot in slots]

    def teardown(self):
        self.closing.close()

    def act(self, what, sign_up_id, **how):
        """Do something; a refusal by a rule leaves everything as it was."""
        self.now += timedelta(minutes=1)
        try:
            with self.sessions() as session, unit_of_work(session):
                what(session, sign_up_id, self.now, **how)
        except DomainError:
            return False
        return True

    @rule(
        target=sign_ups,
        slot=st.integers(0, SLOTS - 1),
        group=st.integers(0, 5),
        domain=st.sampled_from(["troll.example", "gmail.com"]),
    )
    def sign_up(self, slot, group, domain):
        self.now += timedelta(minutes=1)
        with self.sessions() as session, unit_of_work(session):
            asked = session.get_one(places.Slot, self.slot_ids[slot])
            email = f"g{group}@{domain}"
            campaign = asked.site.campaign
            try:
                service.sign_up_group(
                    session, self.vault, campaign, request_for(asked, email=email), self.now
                )
            except places.SlotClosed:
                return 0
            index = self.vault.email_index(campaign.slug, email)
            contact = session.scalar(select(Contact).where(Contact.email_index == index))
            of_group = session.scalar(select(Group).where(Group.contact_id == contact.id))
            made = find_sign_up(session, of_group.id, asked.id)
            return made.id if made else 0

    @rule(sign_up_id=sign_ups)
    def press(self, sign_up_id):
        if sign_up_id:
            self.act(places.confirm_sign_up, sign_up_id, accepts_clashes=True)

    @rule(sign_up_id=sign_ups)
    def approve(self, sign_up_id):
        if sign_up_id:
            self.act(places.approve_sign_up, sign_up_id)

    @rule(sign_up_id=sign_ups)
    def decline(self, sign_up_id):
        if sign_up_id and self.act(places.decline_sign_up, sign_up_id):
            self.left.add(sign_up_id)

    @rule(slot=st.integers(0, SLOTS - 1))
    def decline_all(self, slot):
        self.now += timedelta(minutes=1)
        with self.sessions() as session, unit_of_work(session):
            chosen = select(SignUp).where(SignUp.slot_id == self.slot_ids[slot])
            sign_ups = session.scalars(chosen).all()
            organizer = store_organizer(session)
            undo.keep_sign_ups(session, organizer, "sign_ups.decline", sign_ups, self.now)
            decline_many(session, sign_ups, self.now)
            self.left |= {s.id for s in sign_ups if s.state is SignUpState.DECLINED}

    @rule()
    def undo_the_latest(self):
        self.now += timedelta(minutes=1)
        with self.sessions() as session, unit_of_work(session):
            campaign_id = session.scalars(select(places.Slot)).first().site.campaign_id
            for kept in undo.undoable(session, campaign_id, self.now)[:1]:
                undo.undo_act(session, kept, self.now)

    @rule(sign_up_id=sign_ups)
    def withdraw(self, sign_up_id):
        if sign_up_id and self.act(places.withdraw_sign_up, sign_up_id):
            self.left.add(sign_up_id)

    @rule(sign_up_id=sign_ups)
    def appoint(self, sign_up_id):
        def let_lead(session, sign_up_id, now):
            leads.appoint_lead(session, session.get_one(SignUp, sign_up_id), now)

        if sign_up_id:
            self.act(let_lead, sign_up_id)

    @rule(sign_up_id=sign_ups)
    def trust(self, sign_up_id):
        def let_in(session, sign_up_id, _now):
            session.get_one(SignUp, sign_up_id).group.is_trusted = True

        if sign_up_id:
            self.act(let_in, sign_up_id)

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours):
        self.now += timedelta(hours=hours)
        with self.sessions() as session, unit_of_work(session):
            places.expire_pending(session, self.now)
            places.promote_where_free(session, self.now)

    @rule(slot=st.integers(0, SLOTS - 1))
    def widen(self, slot):
        with self.sessions() as session, unit_of_work(session):
            session.get_one(places.Slot, self.slot_ids[slot]).capacity += 1
            places.promote_waiting(session, [self.slot_ids[slot]], self.now)

    @rule(slot=st.integers(0, SLOTS - 1))
    def cancel(self, slot):
        with self.sessions() as session, unit_of_work(session):
            cancelled = session.get_one(places.Slot, self.slot_ids[slot])
            notices.cancel_slot_and_tell(session, cancelled, self.now)

    @rule(on=st.booleans())
    def let_only_known_groups_in(self, on):
        with self.sessions() as session, unit_of_work(session):
            slot = session.get_one(places.Slot, self.slot_ids[0])
            slot.site.campaign.known_groups_only = on

    @invariant()
    def everything_holds(self):
        with self.sessions() as session:
            rows = session.scalars(select(SignUp).order_by(SignUp.id)).all()
            for slot_id in self.slot_ids:
                of_slot = [row for row in rows if row.slot_id == slot_id]
                self.check_slot(session.get_one(places.Slot, slot_id), of_slot)
            self.check_confirmed_places_are_kept(rows)
            self.check_caps(rows)
            self.check_steps(session, rows)

    def check_slot(self, slot, rows):
        placed = [row.place_number for row in rows if row.state in HOLDS_PLACE]
        assert len(placed) == len(set(placed)) <= slot.capacity
        assert set(placed) <= set(range(1, slot.capacity + 1))
        queue = [row.waitlist_number for row in rows if row.state is WAITLISTED]
        assert None not in queue
        assert len(queue) == len(set(queue))
        confirmed = [row for row in rows if row.state is CONFIRMED]
        assert sum(row.is_lead for row in rows) == bool(confirmed)
        assert all(row in confirmed for row in rows if row.is_lead)

    def check_confirmed_places_are_kept(self, rows):
        confirmed = {row.id for row in rows if row.state is CONFIRMED}
        assert self.confirmed_ever - self.left <= confirmed
        self.confirmed_ever |= confirmed
        self.left -= confirmed

    def check_caps(self, rows):
        live = Counter(
            row.group_id for row in rows if row.state in LIVE and not row.group.is_trusted
        )
        assert all(count <= MOST_SIGN_UPS for count in live.values())
        offered = Counter(
            row.group.contact.domain_index for row in rows if row.state is SignUpState.OFFERED
        )
        offered.pop("", None)
        assert all(count <= MOST_OFFERED_OF_DOMAIN for count in offered.values())

    def check_steps(self, session, rows):
        steps = session.scalars(select(SignUpStep).order_by(SignUpStep.id)).all()
        for row in rows:
            before = None
            for step in (step for step in steps if step.sign_up_id == row.id):
                assert step.before == before
                assert before is None or step.after in TRANSITIONS[before] | UNDONE.get(
                    before, set()
                )
                before = step.after
            assert before is row.state


QUICK = settings(
    max_examples=size(12, full=300),
    stateful_step_count=30,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def played_on(request):
    if request.param == "sqlite":
        return "sqlite"
    return request.getfixturevalue("postgres_server")


@pytest.mark.proves("B3")
def test_no_history_breaks_places_queue_lead_caps_or_steps(played_on):
    class OnDatabase(History):
        url = played_on

    run_state_machine_as_test(OnDatabase, settings=QUICK)


class Overbooking(History):
    """The control: an act that takes a place without asking."""

    url = "sqlite"

    @rule(sign_up_id=History.sign_ups)
    def push_in(self, sign_up_id):
        with self.sessions() as session, unit_of_work(session):
            row = session.get(SignUp, sign_up_id)
            if row is not None and row.state in (SignUpState.PENDING, WAITLISTED):
                row.state, row.place_number = SignUpState.OFFERED, 99


def test_the_control_that_pushes_in_is_caught():
    # A found fault is enough; to make it small would take minutes.
    found = settings(QUICK, max_examples=60, phases=[Phase.generate])
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Overbooking, settings=found)
