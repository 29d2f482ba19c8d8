"""The command's groups ``organizer`` and ``audit``: who may sign in, and what was done."""

import sys
from typing import Protocol

import click
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from protestcoord.config import Settings
from protestcoord.core.clock import now
from protestcoord.core.database import unit_of_work
from protestcoord.core.errors import DomainError
from protestcoord.core.signing import signing_key
from protestcoord.organizers.audit import links_of, record
from protestcoord.organizers.chain import first_broken
from protestcoord.organizers.heads import ForgedHead, heads_in
from protestcoord.organizers.models import Organizer
from protestcoord.organizers.queries import find_organizer
from protestcoord.organizers.second_factor import remove_second_factor
from protestcoord.organizers.service import add_organizer, change_password
from protestcoord.organizers.sessions import end_all_sessions


class Instance(Protocol):
    """What these groups need of the instance that the command works on."""

    @property
    def settings(self) -> Settings:
        """Return the instance's settings."""

    def app(self) -> Flask:
        """Return the app, whose configuration says how a password is hashed."""

    def sessions(self) -> sessionmaker[Session]:
        """Return what makes sessions."""


audit = click.Group("audit", help="Look after the log of what organizers did.")


@audit.command()
@click.pass_obj
def verify(instance: Instance) -> None:
    """Check that no entry of the log was changed, dropped or added; exit status 1 if one was."""
    settings = instance.settings
    with instance.sessions()() as session:
        links = list(links_of(session))
    broken = first_broken(links)
    if broken is not None:
        raise click.ClickException(f"the log is broken at entry {broken}, of {len(links)}")
    key = signing_key(settings.signing_key_file)
    try:
        heads = list(heads_in(settings.audit_heads_file, key))
    except ForgedHead:
        raise click.ClickException(f"{settings.audit_heads_file} was changed") from None
    for head in heads:
        if head.number > len(links) or links[head.number - 1].hash != head.hash:
            raise click.ClickException(
                f"the log is not the one of {head.day}, which had {head.number} entries"
            )
    click.echo(f"{len(links)} entries, one unbroken chain; {len(heads)} signed heads agree.")


organizer = click.Group("organizer", help="Manage who may sign in at the console.")


@organizer.command()
@click.option("--email", required=True, help="What the organizer signs in with.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.pass_obj
def add(instance: Instance, email: str, *, password_stdin: bool) -> None:
    """Add an organizer; the password has 15 to 128 characters."""
    password = _piped_password() if password_stdin else _typed_password()
    try:
        with (
            instance.app().app_context(),
            instance.sessions()() as session,
            unit_of_work(session),
        ):
            added = add_organizer(session, email, password, now())
            address = added.email
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{address} can sign in now.")


@organizer.command("reset-second-factor")
@click.option("--email", required=True, help="Whose phone is lost.")
@click.pass_obj
def reset_second_factor(instance: Instance, email: str) -> None:
    """Forget phone, passkeys and recovery codes of an organizer, and end all sessions.

    The next sign-in sets up a new one with the password alone: be sure who asks for it.
    """
    with instance.sessions()() as session, unit_of_work(session):
        found = _organizer_at(session, email)
        remove_second_factor(session, found)
        end_all_sessions(session, found)
        record(session, found, "second_factor.reset", f"organizer {found.id}", now())
        address = found.email
    click.echo(f"{address} sets up a new phone or passkey at the next sign-in.")


@organizer.command("reset-password")
@click.option("--email", required=True, help="Whose password is forgotten.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.pass_obj
def reset_password(instance: Instance, email: str, *, password_stdin: bool) -> None:
    """Give an organizer another password, and end all sessions; the second factor stays.

    Its owner changes it again after signing in: be sure who asks for it.
    """
    password = _piped_password() if password_stdin else _typed_password()
    try:
        with (
            instance.app().app_context(),
            instance.sessions()() as session,
            unit_of_work(session),
        ):
            found = _organizer_at(session, email)
            change_password(session, found, password)
            end_all_sessions(session, found)
            record(session, found, "password.reset", f"organizer {found.id}", now())
            address = found.email
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{address} signs in with the new password from now on.")


def _organizer_at(session: Session, email: str) -> Organizer:
    found = find_organizer(session, email.strip())
    if found is None:
        raise click.ClickException("there is no organizer with this address")
    return found


def _piped_password() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _typed_password() -> str:
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return typed
