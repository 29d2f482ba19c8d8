"""Keep what organizers know of notice and permits, and who was reminded of them.

Revision ID: 0010
Revises: 0009
"""

from alembic import op
import sqlalchemy as sa


revision = "0010"
down_revision = "0009"


def upgrade():
    op.create_table(
        "permit_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("requirement", sa.String(length=40), nullable=False),
        sa.Column("lead", sa.Integer(), nullable=True),
        sa.Column("lead_unit", sa.String(length=40), nullable=True),
        sa.Column("counted_from", sa.String(length=40), nullable=False),
        sa.Column("authority", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_permit_note_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permit_note")),
        sa.UniqueConstraint(
            "campaign_id", "country", name=op.f("uq_permit_note_campaign_id_country")
        ),
    )
    op.create_table(
        "permit_reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sign_up_id", sa.Integer(), nullable=False),
        sa.Column("days_before", sa.Integer(), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["sign_up_id"], ["sign_up.id"], name=op.f("fk_permit_reminder_sign_up_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permit_reminder")),
        sa.UniqueConstraint(
            "sign_up_id", "days_before", name=op.f("uq_permit_reminder_sign_up_id_days_before")
        ),
    )


def downgrade():
    op.drop_table("permit_reminder")
    op.drop_table("permit_note")
