"""Keep messages to many groups, and each one that was sent.

Revision ID: 0007
Revises: 0006
"""

from alembic import op
import sqlalchemy as sa


revision = "0007"
down_revision = "0006"


def upgrade():
    pass


def downgrade():
    pass
