"""Keep roles, invitations, second factors, and the chain of the log.

Revision ID: 0005
Revises: 0004
"""

from alembic import op
import sqlalchemy as sa


revision = "0005"
down_revision = "0004"


def upgrade():
    pass


def downgrade():
    pass
