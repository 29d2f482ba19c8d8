"""Keep what groups changed, what can be undone, notes of groups, and the day they were seen.

Revision ID: 0012
Revises: 0011
"""

from alembic import op
import sqlalchemy as sa


revision = "0012"
down_revision = "0011"


def upgrade():
    op.add_column("group", sa.Column("seen_day", sa.Date, nullable=True))
    op.add_column("group", sa.Column("merged_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "group_edit",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("group_id", sa.Integer, nullable=False),
        sa.Column("sign_up_id", sa.Integer, nullable=True),
        sa.Column("edited", sa.String(40), nullable=False),
        sa.Column("before", sa.String(300), nullable=False),
        sa.Column("after", sa.String(300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["group.id"], name="fk_group_edit_group_id"),
        sa.ForeignKeyConstraint(["sign_up_id"], ["sign_up.id"], name="fk_group_edit_sign_up_id"),
        sa.PrimaryKeyConstraint("id", name="pk_group_edit"),
    )
    op.create_index("ix_group_edit_group_id", "group_edit", ["group_id"])
    op.create_table(
        "undo",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("campaign_id", sa.Integer, nullable=False),
        sa.Column("organizer_id", sa.Integer, nullable=False),
        sa.Column("act", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("former", sa.JSON, nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_undo_campaign_id"),
        sa.ForeignKeyConstraint(["organizer_id"], ["organizer.id"], name="fk_undo_organizer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_undo"),
    )
    op.create_index("ix_undo_campaign_id", "undo", ["campaign_id"])
    op.create_table(
        "group_note",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("group_id", sa.Integer, nullable=False),
        sa.Column("organizer_id", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["group.id"], name="fk_group_note_group_id"),
        sa.ForeignKeyConstraint(
            ["organizer_id"], ["organizer.id"], name="fk_group_note_organizer_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_group_note"),
    )
    op.create_index("ix_group_note_group_id", "group_note", ["group_id"])


def downgrade():
    for table in ("group_note", "undo", "group_edit"):
        op.drop_table(table)
    for name in ("merged_at", "seen_day"):
        op.drop_column("group", name)
