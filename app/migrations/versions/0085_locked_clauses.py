"""A kind's fixed clause may be edited unless it is locked; what stood there so far was not editable and stays so"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0085"
down_revision = "0084"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("document_kind", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("clause_locked", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    kinds = sa.table("document_kind", sa.column("fixed_clause", sa.Text), sa.column("clause_locked", sa.Boolean))
    op.execute(kinds.update().where(kinds.c.fixed_clause != "").values(clause_locked=True))


def downgrade() -> None:
    with op.batch_alter_table("document_kind", schema=None) as batch_op:
        batch_op.drop_column("clause_locked")
