"""Keep whether anybody may have asked for a mail, through a form.

Revision ID: 0023
Revises: 0022
"""

from alembic import op
import sqlalchemy as sa


revision = "0023"
down_revision = "0022"


def upgrade():
    op.add_column(
        "outbox_mail",
        sa.Column("asked_by_form", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade():
    op.drop_column("outbox_mail", "asked_by_form")
