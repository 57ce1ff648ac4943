"""Days changed by hand, batches from above"""

from __future__ import annotations

import sqlalchemy as sa

from app.migrations.reshape import reshape

revision = '0065'
down_revision = '0061'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # what stands may have been changed by hand: it is left as it is
    reshape('reception_day', add=[sa.Column('edited', sa.Boolean(), server_default=sa.true(), nullable=False)])
    reshape('case_batch', add=[sa.Column('from_above', sa.Boolean(), server_default=sa.false(), nullable=False)])


def downgrade() -> None:
    reshape('case_batch', drop=['from_above'])
    reshape('reception_day', drop=['edited'])
