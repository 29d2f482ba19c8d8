"""Keep organizers' second factors, recovery codes and open sessions.

Revision ID: 0007
Revises: 0006
"""

from alembic import op
import sqlalchemy as sa


revision = "0007"
down_revision = "0006"


def upgrade():
    op.create_table(
        "second_factor",
        sa.Column("organizer_id", sa.Integer(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organizer_id"], ["organizer.id"], name=op.f("fk_second_factor_organizer_id")
        ),
        sa.PrimaryKeyConstraint("organizer_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organizer_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["organizer_id"], ["organizer.id"], name=op.f("fk_recovery_code_organizer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_organizer_id"), "recovery_code", ["organizer_id"])
    op.create_table(
        "organizer_session",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("organizer_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("passed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fresh_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organizer_id"], ["organizer.id"], name=op.f("fk_organizer_session_organizer_id")
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_organizer_session")),
    )
    op.create_index(
        op.f("ix_organizer_session_organizer_id"), "organizer_session", ["organizer_id"]
    )


def downgrade():
    op.drop_index(op.f("ix_organizer_session_organizer_id"), table_name="organizer_session")
    op.drop_table("organizer_session")
    op.drop_index(op.f("ix_recovery_code_organizer_id"), table_name="recovery_code")
    op.drop_table("recovery_code")
    op.drop_table("second_factor")
