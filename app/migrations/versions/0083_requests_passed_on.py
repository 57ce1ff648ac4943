"""Requests for a body outside the district that came in on the public page are passed on"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0083'
down_revision = '0080'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'step_request_forwarded',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('sent_by', sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(['id'], ['case_step.id']),
        sa.PrimaryKeyConstraint('id'),
    )


def downgrade() -> None:
    op.drop_table('step_request_forwarded')
