"""What did a volunteer or an organizer mean: the forms of coming, and of what a campaign offers."""

import wtforms

from protestcoord.core.errors import N_
from protestcoord.core.fields import Form, WholeNumber, between, is_needed
from protestcoord.volunteers.rules import MOST_AT_ONCE
from protestcoord.volunteers.service import Offers


class ComeForm(Form):
    """Somebody says that they come, and how many they are."""

    people = WholeNumber(N_("How many are you?"), [is_needed, between(1, MOST_AT_ONCE)])


class OffersForm(Form):
    """What a campaign offers to volunteers."""

    counts_turnout = wtforms.BooleanField(N_("Let people say “I will come”."))

    def offers(self) -> Offers:
        """Return what the organizer wants to offer."""
        return Offers(counts_turnout=self.counts_turnout.data)
