"""Units represented, a chair that is handed on, who has a session's page open"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.migrations.reshape import one_of, reshape

revision = '0071'
down_revision = '0070'
branch_labels = None
depends_on = None

ACTS = (
    'PROPOSED', 'NOTIFIED', 'HELD', 'DECIDED', 'ESCALATED', 'ADJOURNED', 'MINUTES', 'REPORTED', 'RETURNED', 'VERIFIED',
    'STRUCK_OFF', 'CALLED_OFF',
)  # fmt: skip


def upgrade() -> None:
    reshape(
        'consultation_level',
        add=[sa.Column('units_represented', sa.Boolean(), nullable=False, server_default=sa.false())],
    )
    op.execute('UPDATE consultation_level SET units_represented = true WHERE number > 1')
    reshape('step_consultation', checks={'ck_consultation_act': one_of('act', (*ACTS, 'CHAIRED'))})
    op.create_table('consultation_presence',
    sa.Column('session_id', sa.Integer(), nullable=False),
    sa.Column('officer_id', sa.Integer(), nullable=False),
    sa.Column('field', sa.String(length=40), nullable=False),
    sa.Column('seen_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['officer_id'], ['ab_user.id'], ),
    sa.ForeignKeyConstraint(['session_id'], ['consultation_session.id'], ),
    sa.PrimaryKeyConstraint('session_id', 'officer_id')
    )
    with op.batch_alter_table('consultation_presence', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_consultation_presence_officer_id'), ['officer_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('consultation_presence', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_consultation_presence_officer_id'))
    op.drop_table('consultation_presence')
    reshape('step_consultation', checks={'ck_consultation_act': one_of('act', ACTS)})
    reshape('consultation_level', drop=['units_represented'])
