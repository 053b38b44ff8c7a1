"""Pages, chains and topics by index; text sorts by code point everywhere."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.migrations.code_points import sort_by_code_point, sort_by_locale

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

#: Index: its table, the columns it had (none: it is new) and those it has. The last column of most
#: is what a page is ordered by, so that a page is read and not sorted.
INDEXES = {
    "ix_candidate_state": ("candidate", ("state",), ("state", "id")),
    "ix_candidate_stopped_by": ("candidate", ("stopped_by",), ("stopped_by", "id")),
    "ix_candidate_topic": ("candidate", (), ("topic", "id")),
    "ix_candidate_week": ("candidate", ("week",), ("week", "id")),
    "ix_candidate_week_state": ("candidate", ("week", "state"), ("week", "state", "id")),
    "ix_candidate_week_stopped_by": ("candidate", (), ("week", "stopped_by", "id")),
    "ix_capture_sha256": ("capture", ("sha256",), ("sha256", "number")),
    "ix_document_published_at": ("document", ("published_at",), ("published_at", "id")),
    "ix_finding_check_version": ("finding", (), ("check", "version")),
    "ix_finding_subject": ("finding", ("subject",), ("subject", "number")),
    "ix_release_item_question_id": (
        "release_item",
        ("question_id",),
        ("question_id", "week"),
    ),
}


def upgrade() -> None:
    """Apply; a candidate's topic is read out of the candidate."""
    with op.batch_alter_table("candidate", schema=None) as batch_op:
        batch_op.add_column(sa.Column("topic", sa.String(), nullable=False, server_default=""))
    candidate = sa.table("candidate", sa.column("topic", sa.String()), sa.column("body", sa.JSON()))
    told = sa.func.coalesce(candidate.c.body["topic"].as_string(), "")
    op.execute(candidate.update().values(topic=told))
    for name, (table, before, after) in INDEXES.items():
        if before:
            op.drop_index(name, table_name=table)
        op.create_index(name, table, list(after), unique=False)
    sort_by_code_point(op.get_bind())


def downgrade() -> None:
    """Undo."""
    sort_by_locale(op.get_bind())
    for name, (table, before, _after) in INDEXES.items():
        op.drop_index(name, table_name=table)
        if before:
            op.create_index(name, table, list(before), unique=False)
    with op.batch_alter_table("candidate", schema=None) as batch_op:
        batch_op.drop_column("topic")
