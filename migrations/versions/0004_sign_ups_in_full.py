"""Keep each step of a sign-up, what a group says of its part, hand-overs and proposed sites.

Revision ID: 0004
Revises: 0003
"""

from alembic import op
import sqlalchemy as sa


revision = "0004"
down_revision = "0003"

FLAGS = {
    "campaign": [("known_groups_only", sa.false())],
    "group": [("is_named", sa.true()), ("is_trusted", sa.false())],
    "sign_up": [("hides_point", sa.false()), ("is_lead", sa.false())],
}
TEXTS = {
    "contact": [("domain_index", 64, "")],
    "sign_up": [("permit", 40, "unsaid"), ("accessibility", 300, ""), ("languages", 120, "")],
}


def upgrade():
    # Not by batch: SQLite would copy the table and lose the check that ties place to state.
    for table, columns in FLAGS.items():
        for name, default in columns:
            op.add_column(table, sa.Column(name, sa.Boolean, nullable=False, server_default=default))
    for table, texts in TEXTS.items():
        for name, length, default in texts:
            op.add_column(
                table, sa.Column(name, sa.String(length), nullable=False, server_default=default)
            )
    op.create_table(
        "sign_up_step",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("sign_up_id", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.String(40), nullable=True),
        sa.Column("after", sa.String(40), nullable=False),
        sa.Column("actor", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(
            ["sign_up_id"], ["sign_up.id"], name="fk_sign_up_step_sign_up_id_sign_up"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sign_up_step"),
    )
    op.create_index("ix_sign_up_step_sign_up_id", "sign_up_step", ["sign_up_id"])
    op.create_table(
        "handover",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("group_id", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["group.id"], name="fk_handover_group_id_group"),
        sa.PrimaryKeyConstraint("id", name="pk_handover"),
        sa.UniqueConstraint("group_id", name="uq_handover_group_id"),
        sa.UniqueConstraint("token_hash", name="uq_handover_token_hash"),
    )
    op.create_table(
        "site_proposal",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("campaign_id", sa.Integer, nullable=False),
        sa.Column("group_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("city", sa.String(120), nullable=False),
        sa.Column("address", sa.String(300), nullable=False),
        sa.Column("source", sa.String(300), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name="fk_site_proposal_campaign_id_campaign"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["group.id"], name="fk_site_proposal_group_id_group"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_site_proposal"),
    )
    op.create_index("ix_site_proposal_campaign_id", "site_proposal", ["campaign_id"])


def downgrade():
    for table in ("site_proposal", "handover", "sign_up_step"):
        op.drop_table(table)
    for table, texts in TEXTS.items():
        for name, _, _ in texts:
            op.drop_column(table, name)
    for table, flags in FLAGS.items():
        for name, _ in flags:
            op.drop_column(table, name)
