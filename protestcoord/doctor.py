"""The command ``doctor``: how is an instance set up, and is it well."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from protestcoord.config import Settings
from protestcoord.core import clock
from protestcoord.core.errors import DomainError
from protestcoord.core.instance import Instance
from protestcoord.publications.health import TOO_OLD, Health, health_of
from protestcoord.serving import open_to_others, refuse_unready

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

MAIL_IS_LATE = timedelta(minutes=15)


@click.command()
@click.pass_obj
def doctor(instance: Instance) -> None:
    """Say how this instance is set up and whether it is well; exit status 1 if not."""
    health = health_of(instance.settings, clock.now())
    problems = list(_problems(instance, health))
    click.echo(f"instance       {instance.settings.instance}")
    click.echo(f"time zone data tzdata {clock.tzdata_version()}")
    click.echo(f"mail           {_mail_route(instance.settings)}")
    click.echo(f"public files   {_age_of_files(health)}")
    click.echo(f"prints         {_prints()}")
    for problem in problems:
        click.echo(f"problem        {problem}")
    click.echo("not well" if problems else "well")
    sys.exit(1 if problems else 0)


def _moves_by_zone_data(session: "Session") -> int:
    from sqlalchemy import select

    from protestcoord.campaigns.models import Campaign
    from protestcoord.campaigns.rescheduling import reschedulings

    campaigns = session.scalars(select(Campaign))
    return sum(len(reschedulings(session, campaign, clock.now())) for campaign in campaigns)


def _mail_route(settings: Settings) -> str:
    if settings.SMTP_URL:
        return "by SMTP"
    return f"files in {settings.mail_folder}" if settings.DEMO else "waits: SMTP_URL is not set"


def _prints() -> str:
    from protestcoord.publications.printers import missing_parts

    return f"cannot be made: install {'; '.join(missing_parts())}" if missing_parts() else "ready"


def _problems(instance: Instance, health: Health) -> Iterator[str]:
    settings = instance.settings
    try:
        refuse_unready(instance)
        with instance.sessions()() as session:
            from protestcoord.missions.queries import missions_all

            if not missions_all(session):
                yield "the directory is empty; run `protestcoord init`"
            if moves := _moves_by_zone_data(session):
                yield f"zone data moves {moves} slots; run `protestcoord campaigns reschedule`"
            yield from _late_mails(session)
            yield from _stale_files(settings, session, health)
    except Exception as error:  # noqa: BLE001 - whatever it is, the doctor names it
        yield f"database: {type(error).__name__}"
    if not settings.SMTP_URL and not settings.DEMO:
        yield "SMTP_URL is not set: sign-ups cannot be confirmed"
    if not settings.CONTROLLER and not settings.DEMO:
        yield "CONTROLLER is not set: nobody is told who answers for their data"
    yield from _problem_of_demands(settings)
    yield from _problems_of_files(settings, health)
    for path in open_to_others(settings):
        yield f"{path.name} can be read by others; run `protestcoord init`"


def _late_mails(session: "Session") -> Iterator[str]:
    from protestcoord.core.mail import outbox_health

    outbox = outbox_health(session, clock.now())
    if outbox.oldest_at and clock.now() - outbox.oldest_at > MAIL_IS_LATE:
        yield f"{outbox.waiting} mails wait, the oldest since {outbox.oldest_at:%Y-%m-%d %H:%M} UTC"
    if outbox.failed:
        yield f"{outbox.failed} mails were given up within a day, {outbox.refused} refused for good"


def _stale_files(settings: Settings, session: "Session", health: Health) -> Iterator[str]:
    """Say what readers see that is no longer so; a worker that is well needs a moment."""
    from protestcoord.worker import stale_names

    stale = len(stale_names(settings, session, clock.now()))
    age = max(health.oldest_stale, health.current_ago or timedelta.max)
    if stale and age > TOO_OLD:
        since = _ago(health.current_ago)
        yield f"{stale} files are stale; all were last current {since}. Is the worker up?"


def _problems_of_files(settings: Settings, health: Health) -> Iterator[str]:
    if not (settings.public_folder / "index.html").exists():
        yield "nothing is built yet; run `protestcoord build` or the worker"
    for name, count in health.flaws.items():
        yield f"{name} lacks {count} events that could not be written; the log says why"


def _problem_of_demands(settings: Settings) -> Iterator[str]:
    from protestcoord.core.languages import error_text
    from protestcoord.publications.demands import log_from_csv

    file = settings.demands_file
    try:
        log_from_csv(file.read_bytes() if file.exists() else b"")
    except DomainError as error:
        yield f"{file.name}: {error_text(error, 'en')} Until it is mended its page stays old"


def _age_of_files(health: Health) -> str:
    current = _ago(health.current_ago)
    return f"all current {current}; {health.stale} stale, the oldest for {health.oldest_stale}"


def _ago(time: timedelta | None) -> str:
    return "never" if time is None else f"{time} ago"
