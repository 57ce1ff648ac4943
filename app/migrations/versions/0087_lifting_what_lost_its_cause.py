"""A consequence whose cause was corrected away is lifted by a person; a report of the year keeps what it was known until"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.migrations.reshape import one_of, reshape

revision = '0087'
down_revision = '0086'
branch_labels = None
depends_on = None

STATES = ('PROPOSED', 'DISMISSED', 'ISSUED', 'ANSWERED', 'RETURNED', 'APPROVED')
LIFTED = "state <> 'LIFTED' OR (lift_decided_at IS NOT NULL AND lift_reason <> '')"


def upgrade() -> None:
    reshape(
        'consequence',
        add=[
            sa.Column('cause_gone_id', sa.Integer(), nullable=True),
            sa.Column('lift_reason', sa.String(200), nullable=False, server_default=''),
            sa.Column('lift_decided_by_id', sa.Integer(), nullable=True),
            sa.Column('lift_decided_at', sa.DateTime(), nullable=True),
        ],
        checks={'ck_consequence_state': one_of('state', (*STATES, 'LIFTED'))},
    )
    with op.batch_alter_table('consequence') as batch:
        batch.create_foreign_key('fk_consequence_cause_gone', 'notice', ['cause_gone_id'], ['id'])
        batch.create_foreign_key('fk_consequence_lift_decided_by', 'ab_user', ['lift_decided_by_id'], ['id'])
        batch.create_check_constraint('ck_consequence_lifted', sa.text(LIFTED))
        batch.create_index('ix_consequence_cause_gone_id', ['cause_gone_id'], unique=False)
        batch.create_index('ix_consequence_lift_decided_by_id', ['lift_decided_by_id'], unique=False)
    with op.batch_alter_table('year_report') as batch:
        batch.add_column(sa.Column('known_until', sa.DateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('year_report') as batch:
        batch.drop_column('known_until')
    with op.batch_alter_table('consequence') as batch:
        batch.drop_index('ix_consequence_lift_decided_by_id')
        batch.drop_index('ix_consequence_cause_gone_id')
        batch.drop_constraint('ck_consequence_lifted', type_='check')
        batch.drop_constraint('fk_consequence_lift_decided_by', type_='foreignkey')
        batch.drop_constraint('fk_consequence_cause_gone', type_='foreignkey')
    op.execute("UPDATE consequence SET state = 'DISMISSED', dismiss_reason = lift_reason WHERE state = 'LIFTED'")
    reshape(
        'consequence',
        drop=['cause_gone_id', 'lift_reason', 'lift_decided_by_id', 'lift_decided_at'],
        checks={'ck_consequence_state': one_of('state', STATES)},
    )
