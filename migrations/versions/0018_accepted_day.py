"""Keep the day on which a group accepted the code of conduct, beside the version.

Revision ID: 0018
Revises: 0017
"""

from alembic import op
import sqlalchemy as sa


revision = "0018"
down_revision = "0017"


def upgrade():
    op.add_column("sign_up", sa.Column("accepted_day", sa.Date(), nullable=True))
    # So far it was accepted with the form; who was imported has no version and no day.
    op.execute("UPDATE sign_up SET accepted_day = DATE(created_at) WHERE code_of_conduct <> ''")


def downgrade():
    op.drop_column("sign_up", "accepted_day")
