"""Keep what is corrected in the directory, and what is proposed to be.

Revision ID: 0015
Revises: 0014
"""

from alembic import op
import sqlalchemy as sa


revision = "0015"
down_revision = "0014"


def upgrade():
    op.create_table(
        "mission_correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mission_id", sa.Integer(), nullable=False),
        sa.Column("column", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=500), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("verified_on", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["mission_id"], ["mission.id"], name=op.f("fk_mission_correction_mission_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mission_correction")),
        sa.UniqueConstraint(
            "mission_id", "column", name=op.f("uq_mission_correction_mission_id_column")
        ),
    )
    op.create_table(
        "correction_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("mission_id", sa.Integer(), nullable=False),
        sa.Column("organizer_id", sa.Integer(), nullable=True),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("verified_on", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_correction_proposal_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["mission_id"], ["mission.id"], name=op.f("fk_correction_proposal_mission_id")
        ),
        sa.ForeignKeyConstraint(
            ["organizer_id"], ["organizer.id"], name=op.f("fk_correction_proposal_organizer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_proposal")),
    )
    op.create_index(
        op.f("ix_correction_proposal_campaign_id"), "correction_proposal", ["campaign_id"]
    )


def downgrade():
    op.drop_index(op.f("ix_correction_proposal_campaign_id"), table_name="correction_proposal")
    op.drop_table("correction_proposal")
    op.drop_table("mission_correction")
