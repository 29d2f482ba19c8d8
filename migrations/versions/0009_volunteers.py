"""Count who says "I will come", and remind by mail, if a campaign wants it.

Revision ID: 0009
Revises: 0008
"""

from alembic import op
import sqlalchemy as sa


revision = "0009"
down_revision = "0008"


def upgrade():
    for name in ("counts_turnout", "sends_reminders"):
        op.add_column(
            "campaign", sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())
        )
    op.add_column(
        "outbox_mail", sa.Column("useless_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "slot", sa.Column("shown_bucket", sa.Integer, nullable=False, server_default="0")
    )
    op.create_table(
        "turnout",
        sa.Column("slot_id", sa.Integer, nullable=False),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted_in_hour", sa.Integer, nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name="fk_turnout_slot_id"),
        sa.PrimaryKeyConstraint("slot_id", name="pk_turnout"),
    )
    op.create_table(
        "subscription",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("slot_id", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("email_index", sa.String(64), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("confirm_hash", sa.String(64), nullable=False),
        sa.Column("leave_hash", sa.String(64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_off", sa.Boolean, nullable=False),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name="fk_subscription_slot_id"),
        sa.PrimaryKeyConstraint("id", name="pk_subscription"),
        sa.UniqueConstraint("confirm_hash", name="uq_subscription_confirm_hash"),
        sa.UniqueConstraint("leave_hash", name="uq_subscription_leave_hash"),
    )
    op.create_index("ix_subscription_slot_id", "subscription", ["slot_id"])
    op.create_index("ix_subscription_asked_at", "subscription", ["asked_at"])
    op.create_index("ix_subscription_email_index", "subscription", ["email_index"])
    op.create_table(
        "reminder",
        sa.Column("subscription_id", sa.String(36), nullable=False),
        sa.Column("moment", sa.String(40), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscription.id"], name="fk_reminder_subscription_id"
        ),
        sa.PrimaryKeyConstraint("subscription_id", "moment", name="pk_reminder"),
    )
    op.create_index("ix_reminder_due_at", "reminder", ["due_at"])
    op.create_table(
        "asked_mail",
        sa.Column("address_index", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address_index", "number", name="pk_asked_mail"),
    )
    op.create_index("ix_asked_mail_at", "asked_mail", ["at"])
    op.create_table(
        "mail_block",
        sa.Column("address_index", sa.String(64), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address_index", name="pk_mail_block"),
    )


def downgrade():
    op.drop_table("mail_block")
    op.drop_table("asked_mail")
    op.drop_table("reminder")
    op.drop_table("subscription")
    op.drop_table("turnout")
    op.drop_column("slot", "shown_bucket")
    op.drop_column("outbox_mail", "useless_at")
    op.drop_column("campaign", "sends_reminders")
    op.drop_column("campaign", "counts_turnout")
