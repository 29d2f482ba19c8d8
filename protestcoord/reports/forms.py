"""What did somebody mean who reported a page."""

import wtforms

from protestcoord.core.errors import N_
from protestcoord.core.fields import Form, OneOf, TextBlock, is_needed
from protestcoord.reports.rules import KIND_LABELS, MOST_TEXT, ReportKind
from protestcoord.reports.service import ReportRequest


class ReportForm(Form):
    """Somebody reports a public page; nothing asks who they are."""

    about = wtforms.HiddenField(default="/")
    kind = OneOf(
        N_("What is wrong?"),
        [is_needed],
        choices=[
            wtforms.SelectChoice("", N_("Please choose")),
            *(wtforms.SelectChoice(kind.value, label) for kind, label in KIND_LABELS.items()),
        ],
    )
    text = TextBlock(N_("Please tell us more"), most=MOST_TEXT, needed=False)

    def request(self) -> ReportRequest:
        """Return what is reported."""
        return ReportRequest(self.about.data, ReportKind(self.kind.data), self.text.data)
