"""Days changed by hand, batches from above"""

from __future__ import annotations

import sqlalchemy as sa

from app.migrations.reshape import one_of, reshape

revision = '0072'
down_revision = '0071'
branch_labels = None
depends_on = None

NOTES = ('VISIT', 'CALL', 'TALK', 'MEETING', 'PROGRESS', 'PLAN')


def upgrade() -> None:
    # what stands may have been changed by hand: it is left as it is
    reshape('reception_day', add=[sa.Column('edited', sa.Boolean(), server_default=sa.true(), nullable=False)])
    reshape('case_batch', add=[sa.Column('from_above', sa.Boolean(), server_default=sa.false(), nullable=False)])
    more = one_of('about', (*NOTES, 'RESPONSIBLE', 'TASK_FORCE'))
    reshape('step_package_note', checks={'ck_package_note': more})


def downgrade() -> None:
    reshape('step_package_note', checks={'ck_package_note': one_of('about', NOTES)})
    reshape('case_batch', drop=['from_above'])
    reshape('reception_day', drop=['edited'])
