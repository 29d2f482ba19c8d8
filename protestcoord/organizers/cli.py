"""The command's group ``organizer``: who may sign in at the console."""

import sys
from typing import Protocol

import click
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from protestcoord.core.clock import now
from protestcoord.core.database import unit_of_work
from protestcoord.core.errors import DomainError
from protestcoord.organizers.service import add_organizer


class Instance(Protocol):
    """What this group needs of the instance that the command works on."""

    def app(self) -> Flask:
        """Return the app, whose configuration says how a password is hashed."""

    def sessions(self) -> sessionmaker[Session]:
        """Return what makes sessions."""


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


def _piped_password() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _typed_password() -> str:
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return typed
