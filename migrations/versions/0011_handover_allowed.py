"""Let a hand-over begin only when the present address allowed it.

Revision ID: 0011
Revises: 0010
"""

from alembic import op
import sqlalchemy as sa


revision = "0011"
down_revision = "0010"


def upgrade():
    op.add_column("handover", sa.Column("allowed_at", sa.DateTime(timezone=True), nullable=True))
    # Those that wait already were mailed to who is to have the group.
    op.execute("UPDATE handover SET allowed_at = expires_at")


def downgrade():
    op.drop_column("handover", "allowed_at")
