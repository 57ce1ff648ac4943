"""A notice keeps the moment it was known until; figures without a fraction; a lifted consequence may follow again"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0073'
down_revision = '0072'
branch_labels = None
depends_on = None

STANDS = sa.text('lifted_by_id IS NULL')


def upgrade() -> None:
    with op.batch_alter_table('notice') as batch:
        batch.add_column(sa.Column('known_until', sa.DateTime(), nullable=True))
    with op.batch_alter_table('notice_figure') as batch:
        batch.alter_column('numerator', existing_type=sa.Integer(), nullable=True)
        batch.alter_column('denominator', existing_type=sa.Integer(), nullable=True)
    with op.batch_alter_table('given_figure') as batch:
        batch.add_column(sa.Column('replaced_at', sa.DateTime(), nullable=True))
    with op.batch_alter_table('year_ranking') as batch:
        batch.add_column(sa.Column('document_id', sa.Integer(), nullable=True))
        batch.create_foreign_key('fk_year_ranking_document', 'document', ['document_id'], ['id'])
        batch.create_unique_constraint('uq_year_ranking_document', ['document_id'])
    with op.batch_alter_table('consequence') as batch:
        batch.add_column(sa.Column('lifted_by_id', sa.Integer(), nullable=True))
        batch.create_foreign_key('fk_consequence_lifted_by', 'notice', ['lifted_by_id'], ['id'])
        batch.drop_constraint('uq_consequence', type_='unique')
        batch.create_index('ix_consequence_lifted_by_id', ['lifted_by_id'], unique=False)
    op.create_index('uq_consequence', 'consequence', ['unit_id', 'month', 'kind'], unique=True,
                    sqlite_where=STANDS, postgresql_where=STANDS)


def downgrade() -> None:
    op.drop_index('uq_consequence', 'consequence')
    with op.batch_alter_table('consequence') as batch:
        batch.drop_index('ix_consequence_lifted_by_id')
        batch.create_unique_constraint('uq_consequence', ['unit_id', 'month', 'kind'])
        batch.drop_constraint('fk_consequence_lifted_by', type_='foreignkey')
        batch.drop_column('lifted_by_id')
    with op.batch_alter_table('year_ranking') as batch:
        batch.drop_constraint('uq_year_ranking_document', type_='unique')
        batch.drop_constraint('fk_year_ranking_document', type_='foreignkey')
        batch.drop_column('document_id')
    with op.batch_alter_table('given_figure') as batch:
        batch.drop_column('replaced_at')
    with op.batch_alter_table('notice_figure') as batch:
        batch.alter_column('denominator', existing_type=sa.Integer(), nullable=False)
        batch.alter_column('numerator', existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table('notice') as batch:
        batch.drop_column('known_until')
