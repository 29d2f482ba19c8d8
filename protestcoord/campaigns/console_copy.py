"""The organizer's page that copies a campaign to other days."""

from datetime import date
from http import HTTPStatus

import wtforms
from flask import Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from protestcoord.campaigns.access import needs, own_campaign
from protestcoord.campaigns.console_frame import campaign_page, note, path_of, save, say_done
from protestcoord.campaigns.copying import (
    CopyRequest,
    NextDays,
    copy_campaign,
    first_day_of,
    next_days,
)
from protestcoord.campaigns.models import Campaign
from protestcoord.campaigns.public_texts import PublicTextForm
from protestcoord.campaigns.service import LONGEST_SLUG
from protestcoord.core import clock
from protestcoord.core.errors import N_
from protestcoord.core.fields import CHOOSE_ONE, Day, TextLine, is_needed, say
from protestcoord.core.languages import day_text, translate
from protestcoord.core.web import language, reading
from protestcoord.members.rules import Right
from protestcoord.organizers.access import signed_in_organizer

SAME_WEEKDAY, SAME_DATE, OTHER = "weekday", "date", "other"


class CopyForm(PublicTextForm):
    """How a campaign is to be called next time, and when it is."""

    title = TextLine(N_("Title"), most=120)
    slug = TextLine(
        N_("Address"),
        most=LONGEST_SLUG,
        needed=False,
        render_kw={"autocapitalize": "none", "spellcheck": "false"},
    )
    day = wtforms.RadioField(N_("First day"), [is_needed], choices=[], validate_choice=False)
    other_day = Day(N_("Another day"))

    def offer(self, days: NextDays | None) -> None:
        """Offer the days on which it may begin; without a wave there is nothing to choose."""
        if days is None:
            del self.day, self.other_day
            return
        texts = {
            SAME_WEEKDAY: (N_("%(day)s: the same weekday"), days.same_weekday),
            SAME_DATE: (N_("%(day)s: the same date"), days.same_date),
        }
        self.day.choices = [
            wtforms.SelectChoice(value, say(self.day, text, day=day_text(day, self.meta.language)))
            for value, (text, day) in texts.items()
        ]
        other = translate(N_("Another day, as follows"), self.meta.language)
        self.day.choices.append(wtforms.SelectChoice(OTHER, other))

    def validate_day(self, field: wtforms.Field) -> None:
        """Refuse what is no choice."""
        if field.data not in (SAME_WEEKDAY, SAME_DATE, OTHER):
            raise wtforms.ValidationError(say(field, CHOOSE_ONE))

    def validate_other_day(self, field: wtforms.Field) -> None:
        """Ask for the day where one of its own is meant."""
        if self.day.data == OTHER:
            is_needed(self, field)

    def first_day(self, days: NextDays | None) -> date | None:
        """Return the day that was chosen."""
        if days is None:
            return None
        chosen = {
            SAME_WEEKDAY: days.same_weekday,
            SAME_DATE: days.same_date,
            OTHER: self.other_day.data,
        }
        return chosen[self.day.data]


def _days(session: Session, campaign: Campaign) -> NextDays | None:
    first = first_day_of(session, campaign)
    return next_days(first, clock.now().date()) if first else None


@needs(Right.PLAN)
def show_copy(slug: str) -> Response:
    """Show the form that copies a campaign."""
    campaign = own_campaign(reading(), slug)
    told = {"title": campaign.title, "day": SAME_WEEKDAY}
    form = CopyForm(language=language(), data=told)
    form.offer(_days(reading(), campaign))
    return _copy_page(slug, form)


def _copy_page(slug: str, form: CopyForm, status: int = HTTPStatus.OK) -> Response:
    first = first_day_of(reading(), own_campaign(reading(), slug))
    told = day_text(first, language()) if first else ""
    return campaign_page("campaigns/console/copy.html", slug, status, form=form, first_day=told)


@needs(Right.PLAN)
def make_copy(slug: str) -> BaseResponse:
    """Make a draft of a campaign's message, sites and waves on other days."""
    days = _days(reading(), own_campaign(reading(), slug))
    form = CopyForm(request.form, language=language())
    form.offer(days)

    def write(session: Session) -> str:
        campaign = own_campaign(session, slug)
        owner_id = signed_in_organizer().id
        asked = CopyRequest(form.title.data, form.slug.data, owner_id, form.first_day(days))
        copied = copy_campaign(session, campaign, asked, clock.now())
        counts = {"sites": copied.sites, "waves": copied.waves, "left_out": copied.left_out}
        note(session, "campaign.copy", copied.campaign, source=campaign.id, **counts)
        say_done(N_("The copy is a draft: nobody sees it before you publish it."))
        if copied.left_out:
            closed = N_("Left out, since their missions closed: %(count)s sites.")
            say_done(closed, count=copied.left_out)
        return path_of(copied.campaign)

    return save(form, write) or _copy_page(slug, form, HTTPStatus.UNPROCESSABLE_ENTITY)
