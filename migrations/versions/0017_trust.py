"""Keep which groups came by a form without proof of work.

Revision ID: 0017
Revises: 0016
"""

from alembic import op
import sqlalchemy as sa


revision = "0017"
down_revision = "0016"


def upgrade():
    with op.batch_alter_table("group") as group:
        group.add_column(
            sa.Column("needs_look", sa.Boolean(), server_default=sa.false(), nullable=False)
        )


def downgrade():
    with op.batch_alter_table("group") as group:
        group.drop_column("needs_look")
