"""What a worker does that is a process of its own: it sends mails."""

from datetime import datetime
from email.message import EmailMessage

from protestcoord.core.database import make_sessions
from protestcoord.core.mail import SmtpDelivery, send_due


def message(_session, mail):
    made = EmailMessage()
    made["From"], made["To"] = "us@example.org", f"{mail.contact_id}@{mail.about['domain']}"
    made["Subject"], made["Message-ID"] = "News", f"<{mail.id}@example.org>"
    made.set_content("text\n")
    return made


def send_all(database: str, smtp: str, now: datetime) -> None:
    """Send what is due until nothing is, or until the process is killed."""
    sessions = make_sessions(database)
    while send_due(sessions, message, SmtpDelivery(smtp), now):
        pass
