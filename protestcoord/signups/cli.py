"""The command's group ``campaigns``: which campaigns are there, and how they stand."""

from collections import Counter

import click
from sqlalchemy import select

from protestcoord.campaigns.models import Campaign
from protestcoord.core.instance import Instance
from protestcoord.signups.coverage import sites_with_state

campaigns = click.Group("campaigns", help="Look at the campaigns of this instance.")


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
