"""The errata ledger, and what readers report about questions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.migrations.code_points import sort_by_code_point
from store.tables import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "erratum",
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("question_id", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("withheld", sa.Text(), nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_erratum_question_id", "erratum", ["question_id"])
    op.create_table(
        "report",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.String(), nullable=False),
        sa.Column("reporter", sa.String(), nullable=True),
        sa.Column("reported_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("question_id", "reporter"),
    )
    op.create_index("ix_report_question_id", "report", ["question_id"])
    sort_by_code_point(op.get_bind())


def downgrade() -> None:
    """Undo."""
    op.drop_table("report")
    op.drop_table("erratum")
