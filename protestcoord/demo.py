"""The demonstration: a whole protest day on the real directory, with groups in every state."""

import os
import random
import secrets
from datetime import date, datetime, time, timedelta
from itertools import cycle

import click
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from protestcoord.campaigns.forms import CampaignRequest, SiteChoice, WaveRequest
from protestcoord.cli import Instance
from protestcoord.config import load_secrets, load_settings, write_private
from protestcoord.core import clock
from protestcoord.core.crypto import KeyFolder
from protestcoord.core.database import unit_of_work
from protestcoord.core.mail import OutboxMail
from protestcoord.serving import PORT, build_with_progress, run_server, set_up
from protestcoord.signups.contacts import ContactVault

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
@click.pass_obj
def demo(instance: Instance, port: int, no_serve: bool) -> None:  # noqa: FBT001
    """Create a demonstration instance if there is none, and serve it on 127.0.0.1."""
    base_url = f"http://127.0.0.1:{port}"
    instance.settings = load_settings(instance.folder, os.environ, DEMO=True, BASE_URL=base_url)
    click.echo("1/3 database and directory of missions")
    set_up(instance)
    click.echo("2/3 demonstration campaign")
    _create_once(instance)
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


def _create_once(instance: Instance) -> None:
    from protestcoord.signups.queries import find_campaign

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
        _create(session, vault, password_file.read_text().strip(), instance, clock.now())


def _create(
    session: Session, vault: ContactVault, password: str, instance: Instance, now: datetime
) -> None:
    from protestcoord.organizers.service import add_organizer

    owner = add_organizer(session, EMAIL, password, now)
    campaign = _campaign(session, owner.id, instance.settings.remote_only_countries, now)
    _sign_groups_up(session, vault, campaign, now)
    # These mails went to nobody; the folder is to show those of who tries the demo.
    session.execute(delete(OutboxMail))


def protest_day(now: datetime) -> date:
    """Return the Saturday about six weeks ahead."""
    ahead = now.date() + timedelta(weeks=6)
    return ahead + timedelta(days=(5 - ahead.weekday()) % 7)
