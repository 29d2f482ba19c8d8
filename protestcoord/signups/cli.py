"""The command's group ``campaigns``: how they stand, and what newer zone data moves."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from protestcoord.campaigns.copying import CopyRequest, copy_campaign, first_day_of, next_days
from protestcoord.campaigns.models import Campaign
from protestcoord.campaigns.queries import find_campaign
from protestcoord.campaigns.rescheduling import Rescheduling, reschedulings
from protestcoord.campaigns.schedule import note_of_adjustment
from protestcoord.config import load_secrets
from protestcoord.core.clock import local_text, now, tzdata_version, utc_text
from protestcoord.core.crypto import KeyFolder
from protestcoord.core.database import unit_of_work
from protestcoord.core.errors import InvalidValue
from protestcoord.core.instance import Instance
from protestcoord.core.languages import error_text
from protestcoord.organizers.models import Organizer
from protestcoord.signups.cli_import import import_sign_ups
from protestcoord.signups.contacts import ContactVault
from protestcoord.signups.coverage import sites_with_state
from protestcoord.signups.exporting import export_of_mark
from protestcoord.signups.notices import reschedule_and_tell

campaigns = click.Group("campaigns", help="Look at the campaigns of this instance.")
campaigns.add_command(import_sign_ups)


@campaigns.command(name="list")
@click.pass_obj
def list_campaigns(instance: Instance) -> None:
    """List every campaign with its state and how many of its sites are in which state."""
    with instance.sessions()() as session:
        for campaign in session.scalars(select(Campaign).order_by(Campaign.slug)):
            sites = sites_with_state(session, campaign.id)
            states = Counter(site.state.value for site in sites)
            counts = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
            click.echo(f"{campaign.slug}  {campaign.state}  {len(sites)} sites: {counts or '-'}")


@campaigns.command()
@click.argument("campaign", required=False)
@click.option("--yes", is_flag=True, help="Apply it without a question.")
@click.pass_obj
def reschedule(instance: Instance, campaign: str | None, *, yes: bool) -> None:
    """Show which slots newer time zone data moves, then apply it.

    Without CAMPAIGN, of all published campaigns. Nothing is written without a yes. Groups are
    told by mail, and calendars by a raised SEQUENCE, of the slots that move and of no others.
    """
    with instance.sessions()() as session:
        moment = now()
        chosen = _chosen(session, campaign)
        found = [(each, reschedulings(session, each, moment)) for each in chosen]
    lines = [line for each, moves in found for line in _lines_of_moves(each, moves)]
    click.echo(f"time zone data: tzdata {tzdata_version()}")
    if not lines:
        click.echo("no slot moves")
        return
    click.echo("\n".join(lines))
    if not yes and not _has_said_yes(len(lines)):
        click.echo("nothing was changed; apply it with --yes")
        return
    with instance.sessions()() as session, unit_of_work(session):
        # Read anew: a slot may have begun while the question stood.
        done = [reschedule_and_tell(session, each, now()) for each in _chosen(session, campaign)]
    moved, told = (sum(counts) for counts in zip(*done, strict=True))
    click.echo(f"moved {moved}; groups told by mail: {told}")


@campaigns.command(name="copy")
@click.argument("campaign")
@click.option("--title", help="Of the copy; without it, the same.")
@click.option("--slug", default="", help="Its address; without it, made from the title.")
@click.option(
    "--keep",
    type=click.Choice(["weekday", "date"]),
    default="weekday",
    show_default=True,
    help="What stays of the first day when it comes again.",
)
@click.option(
    "--day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="2028-06-04",
    help="The first day, instead of --keep.",
)
@click.pass_obj
def copy(
    instance: Instance, campaign: str, title: str | None, slug: str, keep: str, day: datetime | None
) -> None:
    """Make a draft of a campaign's message, sites and waves, without its groups."""
    with instance.sessions()() as session, unit_of_work(session):
        (source,) = _chosen(session, campaign)
        first = day.date() if day else _day_kept(session, source, keep)
        asked = CopyRequest(title or source.title, slug, source.owner_id, first)
        try:
            copied = copy_campaign(session, source, asked, now())
        except InvalidValue as error:
            raise click.ClickException(error_text(error, "en")) from error
        told = f"{copied.sites} sites, {copied.waves} waves, {copied.left_out} left out"
        click.echo(f"draft {copied.campaign.slug}: {told}")


def _day_kept(session: Session, campaign: Campaign, keep: str) -> date | None:
    first = first_day_of(session, campaign)
    if first is None:
        return None
    days = next_days(first, now().date())
    return days.same_date if keep == "date" else days.same_weekday


@campaigns.command(name="trace-export")
@click.argument("campaign")
@click.argument("address")
@click.pass_obj
def trace_export(instance: Instance, campaign: str, address: str) -> None:
    """Say which export of contacts an ADDRESS that got out comes from, and who made it."""
    with instance.sessions()() as session:
        (chosen,) = _chosen(session, campaign)
        entry = export_of_mark(session, _vault(instance), chosen, address.strip())
        if entry is None:
            raise click.ClickException("no export of this campaign holds this made-up address")
        who = session.get_one(Organizer, entry.organizer_id).email
        click.echo(f"entry {entry.number} of the log: {utc_text(entry.at)} by {who}")


def _vault(instance: Instance) -> ContactVault:
    settings = instance.settings
    index_key = load_secrets(settings.instance).index_key
    return ContactVault(KeyFolder(settings.keys_folder), index_key)


def _chosen(session: Session, slug: str | None) -> Sequence[Campaign]:
    if slug is None:
        return session.scalars(select(Campaign).order_by(Campaign.slug)).all()
    campaign = find_campaign(session, slug)
    if campaign is None:
        raise click.BadParameter(f"there is no campaign called “{slug}”", param_hint="CAMPAIGN")
    return [campaign]


def _lines_of_moves(campaign: Campaign, moves: Sequence[Rescheduling]) -> Iterator[str]:
    for move in moves:
        slot = move.slot
        line = f"{campaign.slug}  {slot.key}  {_span(move)}"
        asked = slot.local_asked
        note = asked and note_of_adjustment(move.adjustment, asked, move.starts_at, slot.timezone)
        yield f"{line}  {note}" if note else line


def _span(move: Rescheduling) -> str:
    zone_name = move.slot.timezone
    was = local_text(move.slot.starts_at, zone_name)
    return f"{was} -> {local_text(move.starts_at, zone_name)}"


def _has_said_yes(count: int) -> bool:
    return sys.stdin.isatty() and click.confirm(f"Move {count} slots and tell their groups?")
