"""What is stored of a report: what it is about and says, and nothing of who sent it."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from protestcoord.core.database import Base
from protestcoord.reports.rules import MOST_ABOUT, MOST_TEXT, ReportKind, ReportState


class Report(Base):
    """One report about a public page; ``about`` is its path without language.

    There is no column for an address, a session or a language. The receipt is kept as a digest, so
    that not even who reads the database can pretend to be who reported.
    """

    __tablename__ = "report"

    id: Mapped[int] = mapped_column(primary_key=True)
    about: Mapped[str] = mapped_column(String(MOST_ABOUT))
    kind: Mapped[ReportKind]
    text: Mapped[str] = mapped_column(String(MOST_TEXT))
    state: Mapped[ReportState] = mapped_column(default=ReportState.OPEN, index=True)
    receipt_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(index=True)
    decided_at: Mapped[datetime | None]
