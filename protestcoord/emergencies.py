"""The commands for when something got out: change keys, stop everything, tell the groups."""

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from protestcoord.config import LANGUAGES, change_session_key, load_secrets
from protestcoord.core import templates
from protestcoord.core.clock import now
from protestcoord.core.crypto import KeyFolder
from protestcoord.core.database import unit_of_work
from protestcoord.core.instance import Instance
from protestcoord.organizers.audit import record
from protestcoord.organizers.models import Organizer
from protestcoord.organizers.panic import begin_panic, end_panic
from protestcoord.rekeying import change_keys, changes_of
from protestcoord.signups.contacts import ContactVault
from protestcoord.signups.renewing import renew_links

keys = click.Group("keys", help="Look after the keys of this instance.")


@keys.command()
@click.argument("campaign", required=False)
@click.pass_obj
def rotate(instance: Instance, campaign: str | None) -> None:
    """Change the key of CAMPAIGN; without it, of all, of accounts and of cookies.

    The site may run meanwhile. Broken off at any moment, call it again: nothing is lost. The key
    of cookies takes hold when serve is started again.
    """
    _rotate(instance, campaign)


def _rotate(instance: Instance, campaign: str | None = None) -> None:
    sessions = instance.sessions()
    with sessions() as session:
        changes = changes_of(session, instance.settings, campaign)
    if campaign is not None and not changes:
        raise click.BadParameter(f"there is no key called “{campaign}”", param_hint="CAMPAIGN")
    count = change_keys(sessions, changes)
    if campaign is None:
        change_session_key(instance.settings.instance)
    with sessions() as session, unit_of_work(session):
        _record(session, "keys.change", keys=len(changes), values=count)
    click.echo(f"{len(changes)} keys changed, {count} values sealed anew")


@click.command()
@click.option("--rotate", "with_keys", is_flag=True, help="Also change all keys and links.")
@click.option("--over", is_flag=True, help="Show contacts again.")
@click.pass_obj
def panic(instance: Instance, *, with_keys: bool, over: bool) -> None:
    """End all sessions of organizers and groups, and hide all contacts, at once.

    With --rotate all keys are changed then, and each group gets a new link by mail; the old ones
    are dead. Contacts stay hidden until --over.
    """
    if over:
        _lift(instance)
        return
    with instance.sessions()() as session, unit_of_work(session):
        ended = begin_panic(session, now())
        _record(session, "panic.command", sessions=ended)
    click.echo(f"{ended} sessions of organizers ended, and all of groups; contacts are hidden")
    if with_keys:
        _rotate(instance)
        click.echo(f"{_renew_links(instance)} groups have a new link")
        click.echo("start serve again, so that it takes the new key of cookies")


@click.command("breach-notice")
@click.argument("language", type=click.Choice(list(LANGUAGES)))
def breach_notice(language: str) -> None:
    """Print what groups are told after a breach; what is between brackets is for you to put in."""
    text = templates.environment(language).get_template("organizers/breach_notice.txt").render()
    click.echo(text, nl=False)


def _renew_links(instance: Instance) -> int:
    settings = instance.settings
    index_key = load_secrets(settings.instance).index_key
    vault = ContactVault(KeyFolder(settings.keys_folder), index_key)
    return renew_links(instance.sessions(), vault, now())


def _lift(instance: Instance) -> None:
    with instance.sessions()() as session, unit_of_work(session):
        lifted = end_panic(session, now())
        if lifted:
            _record(session, "panic.over")
    click.echo("contacts are shown again" if lifted else "nothing was hidden")


def _record(session: Session, act: str, **detail: int) -> None:
    """Write down what was done at the server, in the line of the oldest account.

    Each entry has an account; the sentence of these acts says that it was not this one.
    """
    oldest = session.scalar(select(Organizer).order_by(Organizer.id).limit(1))
    if oldest is not None:
        record(session, oldest, act, "instance", now(), by_command=True, **detail)
