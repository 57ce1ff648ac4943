"""A reception called off stands on its case's timeline"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0086'
down_revision = '0080'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('step_reception_called_off',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('reception_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('invited', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.ForeignKeyConstraint(['reception_id'], ['reception.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('step_reception_called_off', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_step_reception_called_off_reception_id'), ['reception_id'], unique=False)


def downgrade() -> None:
    # an older version does not know the kind: it stays as a plain step, with its reason as the remark
    op.execute("UPDATE case_step SET kind = 'step', note = (SELECT s.reason FROM step_reception_called_off s"
               " WHERE s.id = case_step.id) WHERE kind = 'reception_called_off'")
    with op.batch_alter_table('step_reception_called_off', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_step_reception_called_off_reception_id'))
    op.drop_table('step_reception_called_off')
