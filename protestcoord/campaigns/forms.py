"""What did an organizer mean: the forms of a campaign's message and its sites."""

import wtforms
from werkzeug.datastructures import MultiDict

from protestcoord.campaigns.public_texts import PublicTextForm
from protestcoord.campaigns.requests import (
    Bulk,
    BulkAct,
    CampaignRequest,
    SitesEdit,
)
from protestcoord.campaigns.rules import Presence
from protestcoord.campaigns.service import LONGEST_SLUG
from protestcoord.core.errors import N_, InvalidValue
from protestcoord.core.fields import CHOOSE_ONE, TextBlock, TextLine


def title_field() -> TextLine:
    """Return the field of a campaign's title."""
    return TextLine(N_("Title"), most=120)


def statement_field() -> TextBlock:
    """Return the field of what a campaign asks."""
    return TextBlock(N_("Message"), most=5000, render_kw={"rows": 10})


class CampaignForm(PublicTextForm):
    """What a campaign says."""

    title = title_field()
    statement = statement_field()
    approves_at_once = wtforms.BooleanField(N_("Confirm groups at once"))
    known_groups_only = wtforms.BooleanField(N_("Let only groups in that you know"))
    slug = TextLine(
        N_("Address"),
        most=LONGEST_SLUG,
        needed=False,
        render_kw={"autocapitalize": "none", "spellcheck": "false"},
    )

    def request(self, owner_id: int) -> CampaignRequest:
        """Return what the organizer asks for."""
        return CampaignRequest(
            title=self.title.data,
            statement=self.statement.data,
            owner_id=owner_id,
            slug=self.slug.data or "",
            approves_at_once=self.approves_at_once.data,
            known_groups_only=self.known_groups_only.data,
        )


PRESENCE = "presence-"


def sites_edit_from(sent: MultiDict[str, str]) -> SitesEdit:
    """Return what was ticked in the list of missions; every row of it sends its presence.

    Raises:
        InvalidValue: What was sent does not come from the list.
    """
    try:
        presence = {
            name.removeprefix(PRESENCE): Presence(value)
            for name, value in sent.items()
            if name.startswith(PRESENCE)
        }
        bulk = _bulk_from(sent)
    except ValueError as error:
        raise InvalidValue(CHOOSE_ONE) from error
    return SitesEdit(frozenset(presence), frozenset(sent.getlist("site")), presence, bulk)


def _bulk_from(sent: MultiDict[str, str]) -> Bulk | None:
    """Return the act on many that a button stands for: ``choose:155``, or what two lists say."""
    act, _, scope = sent.get("do", "save").partition(":")
    if act == "save":
        return None
    if act == "bulk":
        return Bulk(BulkAct(sent.get("bulk_act", "")), sent.get("bulk_scope", ""))
    return Bulk(BulkAct(act), scope)
