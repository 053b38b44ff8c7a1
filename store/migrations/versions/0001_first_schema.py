"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "benchmark",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("revision", sa.String(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "candidate",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("week", sa.String(), nullable=False),
        sa.Column("document_id", sa.String(), nullable=False),
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("pair", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("stopped_by", sa.String(), nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("candidate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_candidate_document_id"), ["document_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_candidate_pair"), ["pair"], unique=False)
        batch_op.create_index(batch_op.f("ix_candidate_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_candidate_stopped_by"), ["stopped_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_candidate_week"), ["week"], unique=False)
        batch_op.create_index("ix_candidate_week_state", ["week", "state"], unique=False)

    op.create_table(
        "capture",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("url", "sha256"),
    )
    with op.batch_alter_table("capture", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_capture_sha256"), ["sha256"], unique=False)

    op.create_table(
        "document",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_document_published_at"), ["published_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_document_source"), ["source"], unique=False)
        batch_op.create_index(
            "ix_document_source_published", ["source", "published_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_document_url"), ["url"], unique=False)

    op.create_table(
        "finding",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("check", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("subject", "check", "version", "attempt"),
    )
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_finding_subject"), ["subject"], unique=False)

    op.create_table(
        "model_call",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("week", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("prompt_sha256", sa.String(), nullable=False),
        sa.Column("input_sha256", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("tokens_in", sa.Integer(), nullable=True),
        sa.Column("tokens_out", sa.Integer(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("prompt_sha256", "model", "input_sha256", "attempt"),
    )
    with op.batch_alter_table("model_call", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_model_call_week"), ["week"], unique=False)

    op.create_table(
        "question",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("candidate_id", sa.String(), nullable=False),
        sa.Column("document_id", sa.String(), nullable=False),
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("pair", sa.String(), nullable=True),
        sa.Column("accepted_week", sa.String(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_question_accepted_week"), ["accepted_week"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_question_candidate_id"), ["candidate_id"], unique=True)
        batch_op.create_index(batch_op.f("ix_question_document_id"), ["document_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_question_pair"), ["pair"], unique=False)

    op.create_table(
        "reference",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("benchmark", sa.String(), nullable=False),
        sa.Column("row_id", sa.String(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("benchmark", "row_id"),
    )
    with op.batch_alter_table("reference", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reference_benchmark"), ["benchmark"], unique=False)

    op.create_table(
        "release",
        sa.Column("week", sa.String(), nullable=False),
        sa.Column("manifest_sha256", sa.String(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("week"),
    )
    op.create_table(
        "release_item",
        sa.Column("week", sa.String(), nullable=False),
        sa.Column("question_id", sa.String(), nullable=False),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("week", "question_id"),
    )
    with op.batch_alter_table("release_item", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_release_item_question_id"), ["question_id"], unique=False
        )

    op.create_table(
        "retirement",
        sa.Column("question_id", sa.String(), nullable=False),
        sa.Column("week", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("question_id"),
    )
    with op.batch_alter_table("retirement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_retirement_week"), ["week"], unique=False)

    op.create_table(
        "run",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("job", "key"),
    )
    op.create_table(
        "sourcereport",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    with op.batch_alter_table("sourcereport", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sourcereport_source"), ["source"], unique=False)

    op.create_table(
        "visit",
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("url"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("visit")
    with op.batch_alter_table("sourcereport", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sourcereport_source"))

    op.drop_table("sourcereport")
    op.drop_table("run")
    with op.batch_alter_table("retirement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_retirement_week"))

    op.drop_table("retirement")
    with op.batch_alter_table("release_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_release_item_question_id"))

    op.drop_table("release_item")
    op.drop_table("release")
    with op.batch_alter_table("reference", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reference_benchmark"))

    op.drop_table("reference")
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_question_pair"))
        batch_op.drop_index(batch_op.f("ix_question_document_id"))
        batch_op.drop_index(batch_op.f("ix_question_candidate_id"))
        batch_op.drop_index(batch_op.f("ix_question_accepted_week"))

    op.drop_table("question")
    with op.batch_alter_table("model_call", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_model_call_week"))

    op.drop_table("model_call")
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_finding_subject"))

    op.drop_table("finding")
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_document_url"))
        batch_op.drop_index("ix_document_source_published")
        batch_op.drop_index(batch_op.f("ix_document_source"))
        batch_op.drop_index(batch_op.f("ix_document_published_at"))

    op.drop_table("document")
    with op.batch_alter_table("capture", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_capture_sha256"))

    op.drop_table("capture")
    with op.batch_alter_table("candidate", schema=None) as batch_op:
        batch_op.drop_index("ix_candidate_week_state")
        batch_op.drop_index(batch_op.f("ix_candidate_week"))
        batch_op.drop_index(batch_op.f("ix_candidate_stopped_by"))
        batch_op.drop_index(batch_op.f("ix_candidate_state"))
        batch_op.drop_index(batch_op.f("ix_candidate_pair"))
        batch_op.drop_index(batch_op.f("ix_candidate_document_id"))

    op.drop_table("candidate")
    op.drop_table("benchmark")
