"""Keep how many come, and who asked to be reminded.

Revision ID: 0006
Revises: 0005
"""

from alembic import op
import sqlalchemy as sa


revision = "0006"
down_revision = "0005"


def upgrade():
    pass


def downgrade():
    pass
