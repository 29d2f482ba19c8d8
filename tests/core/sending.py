"""One worker process for a test: sends what is due until nothing waits, or it is killed.

Arguments: address of the database, address of the SMTP server, the moment it works at.
"""

import sys
from datetime import datetime
from email.message import EmailMessage

from protestcoord.core.database import make_sessions
from protestcoord.core.mail import SmtpDelivery, outbox_health, send_due


def message(_session, mail):
    made = EmailMessage()
    made["From"], made["To"] = "us@example.org", f"{mail.contact_id}@{mail.about['domain']}"
    made["Subject"], made["Message-ID"] = "News", f"<{mail.id}@example.org>"
    made.set_content("text\n")
    return made


def main(database: str, smtp: str, moment: str) -> None:
    sessions, now = make_sessions(database), datetime.fromisoformat(moment)
    while send_due(sessions, message, SmtpDelivery(smtp), now):
        pass
    with sessions() as session:
        print(outbox_health(session, now).waiting)


if __name__ == "__main__":
    main(*sys.argv[1:])
