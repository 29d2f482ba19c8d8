"""The command ``protestcoord``: its groups, each loaded only when it is called."""

import importlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from protestcoord import __version__
from protestcoord.config import Settings, UnsafeSettings
from protestcoord.core.instance import Instance

if TYPE_CHECKING:
    from flask import Flask

EXIT_UNSAFE = 78  # EX_CONFIG of sysexits.h

COMMANDS = {
    "demo": "protestcoord.demo:demo",
    "init": "protestcoord.serving:init",
    "serve": "protestcoord.serving:serve",
    "worker": "protestcoord.serving:worker",
    "build": "protestcoord.serving:build",
    "doctor": "protestcoord.doctor:doctor",
    "organizer": "protestcoord.organizers.cli:organizer",
    "keys": "protestcoord.emergencies:keys",
    "panic": "protestcoord.emergencies:panic",
    "audit": "protestcoord.organizers.cli:audit",
    "missions": "protestcoord.missions.cli:missions",
    "schedule": "protestcoord.campaigns.cli:schedule",
    "campaigns": "protestcoord.signups.cli:campaigns",
    "purge": "protestcoord.signups.cli_purge:purge",
    "export": "protestcoord.publications.cli:export",
    "mirror": "protestcoord.publications.cli:mirror",
    "nginx": "protestcoord.publications.cli:nginx",
    "demands": "protestcoord.publications.cli_demands:demands",
    "breach-notice": "protestcoord.emergencies:breach_notice",
}


def _make_app(settings: Settings) -> "Flask":
    from protestcoord.app import create_app

    return create_app(settings)


class LazyGroup(click.Group):
    """A group that imports a command when it is asked for, so that the others cost nothing."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return a command; each also takes ``--instance`` itself."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        _take_instance(command)
        return command


def _take_instance(command: click.Command) -> None:
    """Let a command and those below it take ``--instance``, before or after their names."""
    if not any(parameter.name == "instance" for parameter in command.params):
        command.params.append(_instance_option())
    if isinstance(command, click.Group):
        for below in command.commands.values():
            _take_instance(below)


def _instance_option() -> click.Option:
    return click.Option(
        ["--instance"],
        type=click.Path(file_okay=False, path_type=Path),
        callback=_choose_instance,
        expose_value=False,
        is_eager=True,
        help="Folder of the instance [default: $PROTESTCOORD_INSTANCE, else ./instance].",
    )


def _choose_instance(ctx: click.Context, _option: click.Parameter, folder: Path | None) -> None:
    if folder is not None or ctx.obj is None:
        default = os.environ.get("PROTESTCOORD_INSTANCE", "instance")
        ctx.obj = Instance(folder or Path(default), _make_app)


@click.group(cls=LazyGroup)
@click.version_option(__version__)
def command_line() -> None:
    """Coordinate lawful, peaceful protests at many missions on one day."""


command_line.params.append(_instance_option())


def main() -> None:
    """Run the command; unsafe settings end it with one line and exit status 78."""
    try:
        command_line()
    except UnsafeSettings as error:
        click.echo(f"protestcoord: {error}", err=True)
        sys.exit(EXIT_UNSAFE)
