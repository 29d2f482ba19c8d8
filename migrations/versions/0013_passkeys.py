"""Keep organizers' passkeys, and the challenge of each session.

Revision ID: 0013
Revises: 0012
"""

from alembic import op
import sqlalchemy as sa


revision = "0013"
down_revision = "0012"


def upgrade():
    op.create_table(
        "passkey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organizer_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organizer_id"], ["organizer.id"], name=op.f("fk_passkey_organizer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    op.create_index(op.f("ix_passkey_organizer_id"), "passkey", ["organizer_id"])
    op.add_column("organizer_session", sa.Column("challenge", sa.LargeBinary(), nullable=True))
    op.add_column(
        "organizer_session",
        sa.Column("challenge_until", sa.DateTime(timezone=True), nullable=True),
    )


def downgrade():
    op.drop_column("organizer_session", "challenge_until")
    op.drop_column("organizer_session", "challenge")
    op.drop_index(op.f("ix_passkey_organizer_id"), table_name="passkey")
    op.drop_table("passkey")
