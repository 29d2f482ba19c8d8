"""The errors a rule or a service raises, each with a message that a person can act on."""


def N_(message: str) -> str:  # noqa: N802 - the name that gettext extraction looks for
    """Mark a message for translation where it is written; it is translated where it is shown."""
    return message


class DomainError(Exception):
    """A rule was broken; nothing was saved.

    Attributes:
        heading: English title of the page that says it, marked with ``N_``.
        message: English text marked with ``N_``; shown translated, with ``values`` filled in.
        field: Name of the form field the message belongs beside, or empty.
        status: HTTP status of the answer.
        retry_after_seconds: How long to wait, where there was too much at once.
        values: What fills the ``%(name)s`` places of the message.
    """

    heading = N_("This did not work")
    message = N_("This cannot be done.")
    field = ""
    status = 422
    retry_after_seconds = 3600

    def __init__(self, message: str = "", *, field: str = "", **values: object) -> None:
        self.message = message or self.message
        self.field = field or self.field
        self.values = values
        super().__init__(self.message % values if values else self.message)


class NotFound(DomainError):
    """There is no such thing, or it is not for this reader: the answer is the same."""

    heading = N_("Not found")
    message = N_("There is no such page.")
    status = 404


class InvalidValue(DomainError, ValueError):
    """A value that was given is not usable; ``field`` says which."""
