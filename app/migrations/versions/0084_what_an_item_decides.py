"""What a resolution item decides beside a task: a package's leader, jurisdiction, listed supervision"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0084'
down_revision = '0083'
branch_labels = None
depends_on = None

KIND = sa.Enum('TASK', 'PACKAGE', 'JURISDICTION', 'LISTING', name='ck_item_kind', native_enum=False,
               create_constraint=True, length=24)


def upgrade() -> None:
    with op.batch_alter_table('resolution_item') as batch:
        batch.add_column(sa.Column('kind', KIND, server_default='TASK', nullable=False))
        batch.add_column(sa.Column('leader_id', sa.Integer(), nullable=True))
        batch.add_column(sa.Column('started_by_id', sa.Integer(), nullable=True))
        batch.create_foreign_key('fk_item_leader', 'ab_user', ['leader_id'], ['id'])
        batch.create_foreign_key('fk_item_started_by', 'case_step', ['started_by_id'], ['id'])
        batch.create_check_constraint('ck_item_leader', "(kind = 'PACKAGE') = (leader_id IS NOT NULL)")
        batch.create_check_constraint('ck_item_started', "kind <> 'TASK' OR started_by_id IS NULL")
        batch.create_index('ix_resolution_item_leader_id', ['leader_id'], unique=False)
        batch.create_index('ix_resolution_item_started_by_id', ['started_by_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('resolution_item') as batch:
        batch.drop_index('ix_resolution_item_started_by_id')
        batch.drop_index('ix_resolution_item_leader_id')
        batch.drop_constraint('ck_item_started', type_='check')
        batch.drop_constraint('ck_item_leader', type_='check')
        batch.drop_constraint('ck_item_kind', type_='check')
        batch.drop_constraint('fk_item_started_by', type_='foreignkey')
        batch.drop_constraint('fk_item_leader', type_='foreignkey')
        batch.drop_column('started_by_id')
        batch.drop_column('leader_id')
        batch.drop_column('kind')
