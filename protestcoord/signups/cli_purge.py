"""The command ``purge``: what is forgotten when, and to forget it now."""

from datetime import datetime

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Campaign
from protestcoord.campaigns.queries import find_campaign
from protestcoord.config import Settings, load_secrets
from protestcoord.core.clock import now
from protestcoord.core.crypto import KeyFolder
from protestcoord.core.database import scrub, unit_of_work
from protestcoord.core.instance import Instance
from protestcoord.signups.contacts import ContactVault
from protestcoord.signups.purge import campaigns_to_purge, is_running, purge_at, purge_campaign
from protestcoord.signups.queries import contacts_of_campaign


@click.command()
@click.argument("campaign", required=False)
@click.option("--yes", is_flag=True, help="Do it without a question.")
@click.pass_obj
def purge(instance: Instance, campaign: str | None, *, yes: bool) -> None:
    """Show when contacts are forgotten, and forget those that are due for ever.

    With CAMPAIGN, those of this campaign now, whether due or not; one that still runs has to be
    closed first. The worker purges what is due by itself; this is for when it was not running, for
    a restored copy, and for a campaign that must not wait.
    """
    settings, moment = instance.settings, now()
    secrets = load_secrets(settings.instance)
    vault = ContactVault(KeyFolder(settings.keys_folder), secrets.index_key)
    with instance.sessions()() as session:
        _show(session, settings)
        if campaign is None:
            chosen = campaigns_to_purge(session, vault, settings.contacts_kept, moment)
        else:
            chosen = [_to_purge_now(session, campaign, moment)]
        slugs = [each.slug for each in chosen]
        if not slugs:
            click.echo("nothing is due")
            return
        if not yes:
            click.confirm(f"forget for ever all groups of {', '.join(slugs)}?", abort=True)
        with unit_of_work(session):
            for slug in slugs:
                purge_campaign(session, vault, _named(session, slug))
        scrub(session.get_bind().engine)
    click.echo(f"purged {', '.join(slugs)}")


def _to_purge_now(session: Session, slug: str, now: datetime) -> Campaign:
    # Else its pages would go on to promise groups that nobody can reach, and nobody would lead.
    campaign = _named(session, slug)
    if is_running(session, campaign, now):
        raise click.ClickException(
            f"{slug} still runs, and its pages would send people to groups that are nobody any "
            f"more; close it first (in the console: Close the campaign), then purge it"
        )
    return campaign


def _named(session: Session, slug: str) -> Campaign:
    found = find_campaign(session, slug)
    if found is None:
        raise click.ClickException(f"there is no campaign {slug}")
    return found


def _show(session: Session, settings: Settings) -> None:
    for campaign in session.scalars(select(Campaign).order_by(Campaign.slug)):
        sealed = sum(1 for c in contacts_of_campaign(session, campaign.id) if c.sealed)
        at = purge_at(session, campaign, settings.contacts_kept)
        click.echo(f"{campaign.slug}  {sealed} contacts  {_when(at)}")


def _when(at: datetime | None) -> str:
    return f"until {at:%Y-%m-%d %H:%M} UTC" if at else "has no slots yet"
