"""The demonstration: a whole protest day on the real directory, with groups in every state."""

import os
import secrets
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import click
from sqlalchemy import delete
from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign, Slot
from protestcoord.campaigns.planning import add_wave, choose_sites
from protestcoord.campaigns.queries import find_campaign, slots_of_campaign
from protestcoord.campaigns.requests import CampaignRequest, SiteChoice, WaveRequest
from protestcoord.campaigns.schedule import Synchronisation
from protestcoord.campaigns.service import create_campaign
from protestcoord.config import load_secrets, load_settings, write_private
from protestcoord.core import clock
from protestcoord.core.crypto import KeyFolder
from protestcoord.core.database import unit_of_work
from protestcoord.core.instance import Instance
from protestcoord.core.mail import OutboxMail
from protestcoord.missions.queries import missions_all
from protestcoord.missions.rules import MissionStatus
from protestcoord.organizers.service import add_organizer
from protestcoord.serving import PORT, build_with_progress, refuse_taken_port, run_server, set_up
from protestcoord.signups import checkins, places, queries, service
from protestcoord.signups.contacts import ContactVault
from protestcoord.signups.models import SignUp
from protestcoord.signups.notices import publish_and_tell
from protestcoord.signups.rules import SignUpState
from protestcoord.volunteers.rules import SHOWN_EVERY, counts_turnout
from protestcoord.volunteers.service import Offers, change_offers
from protestcoord.volunteers.turnout import count_comers, show_buckets

EMAIL = "demo@example.org"
SLUG = "demo"
TITLE = "One noon for the refugees"
STATEMENT = """\
North Korean refugees in China are arrested and sent back to prison camps, against the Refugee \
Convention that China has signed.

On one day we stand before Chinese embassies and consulates all over the world, peacefully and \
lawfully, and ask three things of the government of China:

1. Stop sending North Korean refugees back.
2. Let the UN Refugee Agency reach them.
3. Let those who wish travel on to a safe country."""
EARLIER = timedelta(days=7)  # before a day that is today, groups have signed up
GROUP_NAMES = (
    "Lantern Circle",
    "Safe Passage",
    "Students for Refugees",
    "Candle at Noon",
    "Border Light",
    "Open River",
    "Neighbours for Asylum",
    "Free Crossing",
    "Harbour Choir",
    "Quiet Vigil",
)


@click.command()
@PORT
@click.option("--no-serve", is_flag=True, help="Create everything, then end.")
@click.option("--today", is_flag=True, help="Let the protest day be today, to see its board alive.")
@click.pass_obj
def demo(instance: Instance, port: int, no_serve: bool, today: bool) -> None:
    """Create a demonstration instance if there is none, and serve it on 127.0.0.1."""
    base_url = f"http://127.0.0.1:{port}"
    nobody = os.environ.get("CONTROLLER", "Demonstration, no real operator")
    instance.settings = load_settings(
        instance.folder, os.environ, DEMO=True, BASE_URL=base_url, CONTROLLER=nobody
    )
    if not no_serve:
        refuse_taken_port(instance.settings.LISTEN, port)
    click.echo("1/3 database and directory of missions")
    set_up(instance)
    click.echo("2/3 demonstration campaign")
    _create_once(instance, today=today)
    click.echo("3/3 pages, feeds and maps (a minute at the first start)")
    build_with_progress(instance)
    _say_where(instance, base_url)
    if not no_serve:
        run_server(instance, port)


def _say_where(instance: Instance, base_url: str) -> None:
    folder = instance.settings.instance
    password = (folder / "demo-password").read_text().strip()
    click.echo(f"""
  site      {base_url}/
  console   {base_url}/organize/   ({EMAIL}, password {password})
  a feed    {base_url}/c/{SLUG}/calendar.ics
  mails     {instance.settings.mail_folder}
  stop      Ctrl-C
""")


def _create_once(instance: Instance, *, today: bool) -> None:
    with instance.sessions()() as session:
        if find_campaign(session, SLUG) is not None:
            return
    password_file = instance.settings.instance / "demo-password"
    if not password_file.exists():
        write_private(password_file, f"{secrets.token_urlsafe(18)}\n".encode())
    keys = KeyFolder(instance.settings.keys_folder)
    vault = ContactVault(keys, load_secrets(instance.settings.instance).index_key)
    with (
        instance.app().app_context(),
        instance.sessions()() as session,
        unit_of_work(session),
    ):
        now = clock.now()
        at, day = (now - EARLIER, now.date()) if today else (now, protest_day(now))
        owner = add_organizer(session, EMAIL, password_file.read_text().strip(), at)
        campaign = _campaign(session, owner.id, instance.settings.remote_only_countries, at, day)
        _sign_groups_up(session, vault, campaign, at)
        _let_volunteers_come(session, campaign, at)
        _check_groups_in(session, campaign, now)
        # These mails went to nobody; the folder is to show those of who tries the demo.
        session.execute(delete(OutboxMail))


def protest_day(now: datetime) -> date:
    """Return the Saturday about six weeks ahead."""
    ahead = now.date() + timedelta(weeks=6)
    return ahead + timedelta(days=(5 - ahead.weekday()) % 7)


def _campaign(
    session: Session, owner_id: int, remote_only: frozenset[str], now: datetime, day: date
) -> Campaign:
    request = CampaignRequest(TITLE, STATEMENT, owner_id, slug=SLUG)
    campaign = create_campaign(session, request, now)
    missions = [m.slug for m in missions_all(session) if m.status is MissionStatus.OPEN]
    choose_sites(session, campaign, SiteChoice(missions, {}, remote_only), now)
    for wave in _waves(day):
        add_wave(session, campaign, wave, now)
    publish_and_tell(session, campaign, acknowledged=True, now=now)
    return campaign


def _waves(day: date) -> list[WaveRequest]:
    noon = datetime.combine(day, time(12))
    vigil = WaveRequest("Noon at every mission", Synchronisation.SAME_LOCAL_TIME, noon, 60)
    minute = replace(
        vigil,
        title="Fifteen minutes together",
        synchronisation=Synchronisation.SAME_INSTANT,
        start=noon + timedelta(hours=2),
        duration_minutes=15,
    )
    relay = replace(
        vigil,
        title="Light round the world",
        synchronisation=Synchronisation.RELAY,
        start=datetime.combine(day - timedelta(days=1), time(22)),
    )
    return [vigil, minute, relay]


# What becomes of the groups of one site, in turn; None is a site without any.
HISTORIES: tuple[tuple[SignUpState, ...] | None, ...] = (
    (SignUpState.CONFIRMED,),
    None,
    (SignUpState.CONFIRMED, SignUpState.OFFERED),
    None,
    (SignUpState.OFFERED,),
    None,
    (SignUpState.CONFIRMED, SignUpState.CONFIRMED),
    (SignUpState.PENDING,),
    None,
    (SignUpState.WITHDRAWN, SignUpState.CONFIRMED),
    None,
    (SignUpState.DECLINED,),
    (SignUpState.EXPIRED,),
    None,
)
FULL_SITES = ("de-berlin-embassy", "gb-london-embassy", "kr-seoul-embassy", "us-washington-embassy")
FULL = (SignUpState.CONFIRMED,) * 5 + (SignUpState.WAITLISTED,)


def _sign_groups_up(
    session: Session, vault: ContactVault, campaign: Campaign, now: datetime
) -> None:
    slots = slots_of_campaign(session, campaign)
    noon = [slot for slot in slots if slot.wave.number == 1]
    cast = _Cast(session, vault, campaign, now)
    for number, slot in enumerate(sorted(noon, key=lambda slot: slot.site.mission.slug)):
        history = HISTORIES[number % len(HISTORIES)]
        if slot.site.mission.slug not in FULL_SITES:
            for state in history or ():
                cast.sign_up(slot, state)
    for slot in slots:
        if slot.site.mission.slug in FULL_SITES:
            for state in FULL:
                cast.sign_up(slot, state)


def _let_volunteers_come(session: Session, campaign: Campaign, now: datetime) -> None:
    """Show the number of those who come in each of its steps, which nobody is told exactly."""
    change_offers(session, campaign, Offers(counts_turnout=True, sends_reminders=True), now)
    for number, slot in enumerate(slots_of_campaign(session, campaign)):
        for _ in range(number % 7):
            if counts_turnout(slot, now):
                count_comers(session, slot, number % 17 + 1, now - SHOWN_EVERY)
    show_buckets(session, now)


def _check_groups_in(session: Session, campaign: Campaign, now: datetime) -> None:
    """Let most groups whose slot has begun say so, some minutes late; none does before the day."""
    for number, slot in enumerate(slots_of_campaign(session, campaign)):
        for count, sign_up in enumerate(queries.live_sign_ups(session, [slot.id])):
            began = slot.starts_at + timedelta(minutes=(number + count) % 9)
            if number % 6 and began <= now and checkins.takes_check_ins(sign_up, began):
                checkins.start(session, sign_up, sign_up.expected_number + number % 11, began)
                if slot.ends_at <= now:
                    checkins.finish(session, sign_up, None, slot.ends_at)


class _Cast:
    """Signs invented groups up and takes each to the state it shows."""

    def __init__(
        self, session: Session, vault: ContactVault, campaign: Campaign, now: datetime
    ) -> None:
        self.session, self.vault, self.campaign, self.now = session, vault, campaign, now
        self.count = 0

    def sign_up(self, slot: Slot, state: SignUpState) -> None:
        """Sign one group up for a slot, and leave it in a state."""
        at = self.now - timedelta(days=2) if state is SignUpState.EXPIRED else self.now
        request = self._request(slot)
        service.sign_up_group(self.session, self.vault, self.campaign, request, at)
        sign_up = self._of(request.email)
        if state is SignUpState.EXPIRED:
            places.expire_pending(self.session, self.now)
        elif state is not SignUpState.PENDING:
            self._confirm(sign_up, state)

    def _request(self, slot: Slot) -> service.SignUpRequest:
        self.count += 1
        mission = slot.site.mission
        known = mission.precision == "building" and self.count % 3 == 0
        return service.SignUpRequest(
            slot_key=slot.key,
            name=f"{GROUP_NAMES[self.count % len(GROUP_NAMES)]} {mission.city}",
            city=mission.city,
            expected_number=5 + self.count * 7 % 60,
            email=f"us@group-{self.count}.example",
            meeting_point="Opposite the gate, across the street" if known else "",
            language="en",
        )

    def _of(self, email: str) -> SignUp:
        index = self.vault.email_index(self.campaign.slug, email)
        contact = queries.find_contact(self.session, self.campaign.id, index)
        group = queries.group_of_contact(self.session, contact.id if contact else "")
        return queries.sign_ups_of_group(self.session, group.id)[0]

    def _confirm(self, sign_up: SignUp, state: SignUpState) -> None:
        service.open_link(self.session, sign_up.group, self.now)
        if state is SignUpState.CONFIRMED:
            places.approve_sign_up(self.session, sign_up.id, self.now)
        elif state is SignUpState.DECLINED:
            places.decline_sign_up(self.session, sign_up.id, self.now)
        elif state is SignUpState.WITHDRAWN:
            places.withdraw_sign_up(self.session, sign_up.id, self.now)
