"""A reception called off stands on its case's timeline; a ruling on striking off may refuse; another supervision letter
is proposed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.migrations.reshape import one_of, reshape

revision = '0086'
down_revision = '0085'
branch_labels = None
depends_on = None

CONDITIONS = ('OVERDUE', 'HALF_TIME', 'CAME_BACK', 'NOT_RESUBMITTED')
AGAIN = ('ANSWER_LATE', 'ANSWER_RETURNED')


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

    reshape('step_strike_off_ruling', add=[sa.Column('agreed', sa.Boolean(), server_default=sa.true(), nullable=False)])
    reshape('supervision_trigger', checks={'ck_trigger_condition': one_of('condition', (*CONDITIONS, *AGAIN))})
    trigger = sa.ForeignKey('supervision_trigger.id', name='fk_supervision_again')
    reshape('supervision', add=[sa.Column('again_id', sa.Integer(), trigger), sa.Column('again_on', sa.Date())])
    op.create_index('ix_supervision_again_id', 'supervision', ['again_id'])


def downgrade() -> None:
    op.drop_index('ix_supervision_again_id', 'supervision')
    with op.batch_alter_table('supervision') as batch_op:
        batch_op.drop_constraint('fk_supervision_again', type_='foreignkey')
        batch_op.drop_column('again_id')
        batch_op.drop_column('again_on')
    # what an older version does not know becomes the nearest it does, and rests
    op.execute("UPDATE supervision_trigger SET condition = 'OVERDUE', enabled = false"
               " WHERE condition IN ('ANSWER_LATE', 'ANSWER_RETURNED')")
    reshape('supervision_trigger', checks={'ck_trigger_condition': one_of('condition', CONDITIONS)})
    reshape('step_strike_off_ruling', drop=['agreed'])
    # an older version does not know the kind: it stays as a plain step, with its reason as the remark
    op.execute("UPDATE case_step SET kind = 'step', note = (SELECT s.reason FROM step_reception_called_off s"
               " WHERE s.id = case_step.id) WHERE kind = 'reception_called_off'")
    with op.batch_alter_table('step_reception_called_off', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_step_reception_called_off_reception_id'))
    op.drop_table('step_reception_called_off')
