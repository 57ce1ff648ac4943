"""The other paths"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.migrations.reshape import one_of, reshape

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

STATES = ('REGISTERED', 'TO_FORWARD', 'REFUSED', 'NO_LONGER', 'GUIDED', 'HANDED_OVER', 'TO_SIGN', 'OBJECTED', 'DISPUTED', 'SIGNED', 'HANDLING', 'ANSWERED', 'DELIVERED', 'REPORTED', 'REVIEW', 'REVIEWED', 'RECHECK', 'FINAL', 'CLOSED', 'SETTLED', 'WITHDRAWN', 'ARCHIVED', 'VOIDED')
ROLES = ('REGISTRAR', 'ROOM', 'RESPONSIBLE', 'HANDLER', 'KEEPER', 'SUPERVISOR')


def upgrade() -> None:
    op.create_table('step_advice',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('way', sa.Enum('WORK', 'POLICY', name='ck_advice_kind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('problem', sa.Text(), nullable=False),
    sa.Column('advice', sa.Text(), nullable=False),
    sa.Column('basis', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('step_advice_feedback',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('adoption', sa.Enum('ADOPTED', 'PARTLY', 'NOT_ADOPTED', name='ck_advice_adoption', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('step_guidance_follow_up',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('result', sa.Enum('TAKEN', 'DECIDED', 'WAITING', 'REFUSED', name='ck_guidance_result', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('what', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('lookup_failure',
    sa.Column('mark', sa.String(length=64), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('last_at', sa.DateTime(), nullable=False),
    sa.Column('locked_until', sa.DateTime(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('mark')
    )
    with op.batch_alter_table('lookup_failure', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_lookup_failure_last_at'), ['last_at'], unique=False)

    op.create_table('superior',
    sa.Column('unit_id', sa.Integer(), nullable=True),
    sa.Column('review_body', sa.String(length=80), nullable=False),
    sa.Column('review_external', sa.Boolean(), nullable=False),
    sa.Column('recheck_body', sa.String(length=80), nullable=False),
    sa.Column('recheck_external', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('unit_id')
    )
    op.create_table('case_gram',
    sa.Column('gram', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['petition_case.id'], ),
    sa.PrimaryKeyConstraint('gram', 'case_id'),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('case_gram', schema=None) as batch_op:
        batch_op.create_index('ix_case_gram_case', ['case_id'], unique=False)

    op.create_table('intake_receipt',
    sa.Column('sender_id', sa.Integer(), nullable=False),
    sa.Column('external_ref', sa.String(length=80), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('received_at', sa.DateTime(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['petition_case.id'], ),
    sa.ForeignKeyConstraint(['sender_id'], ['ab_user.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('sender_id', 'external_ref', name='uq_intake_receipt')
    )
    with op.batch_alter_table('intake_receipt', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_intake_receipt_case_id'), ['case_id'], unique=False)

    op.create_table('case_link',
    sa.Column('kind', sa.Enum('REPEAT', 'SAME_KIND', 'SPLIT', 'MERGED', name='ck_link_kind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('from_case_id', sa.Integer(), nullable=False),
    sa.Column('to_case_id', sa.Integer(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=True),
    sa.Column('step_id', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint("(kind = 'REPEAT') = (sequence IS NOT NULL)", name='ck_link_sequence'),
    sa.CheckConstraint("kind <> 'REPEAT' OR to_case_id < from_case_id", name='ck_link_repeats_earlier'),
    sa.CheckConstraint('from_case_id <> to_case_id', name='ck_link_two_cases'),
    sa.CheckConstraint('sequence IS NULL OR sequence > 1', name='ck_link_first_is_one'),
    sa.ForeignKeyConstraint(['from_case_id'], ['petition_case.id'], ),
    sa.ForeignKeyConstraint(['step_id'], ['case_step.id'], ),
    sa.ForeignKeyConstraint(['to_case_id'], ['petition_case.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('from_case_id', 'kind', 'to_case_id', name='uq_link')
    )
    with op.batch_alter_table('case_link', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_case_link_step_id'), ['step_id'], unique=False)
        batch_op.create_index('ix_link_to', ['to_case_id'], unique=False)
        batch_op.create_index('uq_link_one_first', ['from_case_id'], unique=True, sqlite_where=sa.text("kind = 'REPEAT'"), postgresql_where=sa.text("kind = 'REPEAT'"))
        batch_op.create_index('uq_link_one_survivor', ['from_case_id'], unique=True, sqlite_where=sa.text("kind = 'MERGED'"), postgresql_where=sa.text("kind = 'MERGED'"))
        batch_op.create_index('uq_link_sequence', ['to_case_id', 'sequence'], unique=True, sqlite_where=sa.text("kind = 'REPEAT'"), postgresql_where=sa.text("kind = 'REPEAT'"))

    op.create_table('case_recusal',
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('officer_id', sa.Integer(), nullable=True),
    sa.Column('unit_id', sa.Integer(), nullable=True),
    sa.Column('ground', sa.Enum('NAMED', 'RELATIVE', 'INTEREST', 'OTHER', name='ck_recusal_ground', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('step_id', sa.Integer(), nullable=False),
    sa.Column('ended_by_id', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('(officer_id IS NULL) <> (unit_id IS NULL)', name='ck_recusal_one'),
    sa.ForeignKeyConstraint(['case_id'], ['petition_case.id'], ),
    sa.ForeignKeyConstraint(['ended_by_id'], ['case_step.id'], ),
    sa.ForeignKeyConstraint(['officer_id'], ['ab_user.id'], ),
    sa.ForeignKeyConstraint(['step_id'], ['case_step.id'], ),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('step_id')
    )
    with op.batch_alter_table('case_recusal', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_case_recusal_case_id'), ['case_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_case_recusal_ended_by_id'), ['ended_by_id'], unique=False)
        batch_op.create_index('ix_recusal_officer', ['officer_id', 'case_id'], unique=False)
        batch_op.create_index('ix_recusal_unit', ['unit_id', 'case_id'], unique=False)

    op.create_table('step_archiving',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('shelf', sa.String(length=60), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('step_assignment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('feedback_days', sa.Integer(), nullable=False),
    sa.Column('target_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.ForeignKeyConstraint(['target_id'], ['unit.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('step_assignment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_step_assignment_target_id'), ['target_id'], unique=False)

    op.create_table('step_assignment_draft',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('target_id', sa.Integer(), nullable=False),
    sa.Column('feedback_days', sa.Integer(), nullable=False),
    sa.Column('demand', sa.Text(), nullable=False),
    sa.Column('supervisor_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.ForeignKeyConstraint(['supervisor_id'], ['ab_user.id'], ),
    sa.ForeignKeyConstraint(['target_id'], ['unit.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('step_assignment_draft', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_step_assignment_draft_supervisor_id'), ['supervisor_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_step_assignment_draft_target_id'), ['target_id'], unique=False)

    op.create_table('step_call_back',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('talk', sa.Text(), nullable=False),
    sa.Column('reopen', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('step_classification',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('matter_kind', sa.Enum('SUGGESTION', 'ACCUSATION', 'CLAIM', name='ck_classification_kind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('legal_path', sa.Enum('C1', 'C2', 'C3', 'C4', 'C5', 'C6', name='ck_classification_path', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('step_correction',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('field', sa.String(length=30), nullable=False),
    sa.Column('old_value', sa.Text(), nullable=False),
    sa.Column('new_value', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('step_dispute',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('level', sa.Enum('NEGOTIATION', 'SUPERIOR', 'CONFERENCE', name='ck_dispute_level', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('step_evaluation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subject', sa.Enum('BUREAU', 'UNIT', name='ck_evaluation_subject', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('rating', sa.Enum('SATISFIED', 'FAIRLY', 'UNSATISFIED', name='ck_evaluation_rating', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('on_behalf', sa.Boolean(), nullable=False),
    sa.Column('evidence', sa.Text(), nullable=False),
    sa.CheckConstraint("NOT on_behalf OR evidence <> ''", name='ck_evaluation_on_behalf_has_evidence'),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('step_guidance',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('procedure', sa.String(length=200), nullable=False),
    sa.Column('organ', sa.String(length=200), nullable=False),
    sa.Column('limits', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('step_handover',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('organ', sa.String(length=120), nullable=False),
    sa.Column('organ_unit_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.ForeignKeyConstraint(['organ_unit_id'], ['unit.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('step_handover', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_step_handover_organ_unit_id'), ['organ_unit_id'], unique=False)

    op.create_table('step_handover_receipt',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('feedback', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('step_hearing_end',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('until', sa.Date(), nullable=False),
    sa.Column('record', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('step_hearing_start',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('since', sa.Date(), nullable=False),
    sa.Column('place', sa.String(length=120), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('step_jurisdiction_ruling',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('target_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.ForeignKeyConstraint(['target_id'], ['unit.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('step_jurisdiction_ruling', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_step_jurisdiction_ruling_target_id'), ['target_id'], unique=False)

    op.create_table('step_kind_linked',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('step_mediation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('way', sa.Enum('MEDIATION', 'RECONCILIATION', name='ck_mediation_way', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('consent', sa.Boolean(), nullable=False),
    sa.Column('parties', sa.String(length=200), nullable=False),
    sa.Column('terms', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('step_merge_request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('into_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.ForeignKeyConstraint(['into_id'], ['petition_case.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('step_merge_request', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_step_merge_request_into_id'), ['into_id'], unique=False)

    op.create_table('step_merging',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('into_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.ForeignKeyConstraint(['into_id'], ['petition_case.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('step_merging', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_step_merging_into_id'), ['into_id'], unique=False)

    op.create_table('step_no_longer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('final_number', sa.String(length=60), nullable=False),
    sa.Column('final_on', sa.Date(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('step_package_leader',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('leader', sa.String(length=60), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('step_recheck_opinion',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('conclusion', sa.Enum('MAINTAINED', 'REDO', 'CHANGED', name='ck_recheck_conclusion', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('number', sa.String(length=60), nullable=False),
    sa.Column('opinion', sa.Text(), nullable=False),
    sa.Column('body', sa.String(length=80), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('step_recheck_request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('body', sa.String(length=80), nullable=False),
    sa.Column('external', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('step_recusal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('who_id', sa.Integer(), nullable=True),
    sa.Column('which_id', sa.Integer(), nullable=True),
    sa.Column('ground', sa.Enum('NAMED', 'RELATIVE', 'INTEREST', 'OTHER', name='ck_step_recusal_ground', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.CheckConstraint('(who_id IS NULL) <> (which_id IS NULL)', name='ck_step_recusal_one'),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.ForeignKeyConstraint(['which_id'], ['unit.id'], ),
    sa.ForeignKeyConstraint(['who_id'], ['ab_user.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('step_recusal', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_step_recusal_which_id'), ['which_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_step_recusal_who_id'), ['who_id'], unique=False)

    op.create_table('step_repeat_confirmed',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('first_id', sa.Integer(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('why', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['first_id'], ['petition_case.id'], ),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('step_repeat_confirmed', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_step_repeat_confirmed_first_id'), ['first_id'], unique=False)

    op.create_table('step_repeat_rejected',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('other_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.ForeignKeyConstraint(['other_id'], ['petition_case.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('step_repeat_rejected', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_step_repeat_rejected_other_id'), ['other_id'], unique=False)

    op.create_table('step_report',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('result', sa.Text(), nullable=False),
    sa.Column('petitioner_view', sa.Text(), nullable=False),
    sa.Column('settled', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('step_report_review',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('passed', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('step_review_delivery',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('way', sa.Enum('DIRECT', 'POST', 'LEFT', 'ENTRUSTED', 'ELECTRONIC', name='ck_review_delivery_way', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('receiver', sa.String(length=60), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('step_review_opinion',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('conclusion', sa.Enum('MAINTAINED', 'REDO', 'CHANGED', name='ck_review_conclusion', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('findings', sa.Text(), nullable=False),
    sa.Column('basis', sa.Text(), nullable=False),
    sa.Column('opinion', sa.Text(), nullable=False),
    sa.Column('body', sa.String(length=80), nullable=False),
    sa.Column('external_number', sa.String(length=60), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('step_review_request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('body', sa.String(length=80), nullable=False),
    sa.Column('external', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('step_settling',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('disposal', sa.Enum('SOLVED', 'EXPLAINED', 'HELPED', 'LAWFUL', name='ck_settling_disposal', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('evidence', sa.Text(), nullable=False),
    sa.Column('agreement', sa.Boolean(), nullable=False),
    sa.Column('voluntary', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('step_split',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('claim_id', sa.Integer(), nullable=False),
    sa.Column('claim_number', sa.String(length=30), nullable=False),
    sa.ForeignKeyConstraint(['claim_id'], ['petition_case.id'], ),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('step_split', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_step_split_claim_id'), ['claim_id'], unique=False)

    op.create_table('step_spot_answer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('findings', sa.Text(), nullable=False),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('outcome', sa.Enum('SUPPORTED', 'PARTLY', 'EXPLAINED', 'NOT_SUPPORTED', name='ck_spot_outcome', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('basis', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('step_statutory_reply',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('findings', sa.Text(), nullable=False),
    sa.Column('basis', sa.Text(), nullable=False),
    sa.Column('decision', sa.Text(), nullable=False),
    sa.Column('remedy', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('step_suggestion_reply',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('adoption', sa.Enum('ADOPTED', 'PARTLY', 'NOT_ADOPTED', name='ck_suggestion_adoption', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('step_supervising_leader',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('leader', sa.String(length=60), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('step_transfer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('target_id', sa.Integer(), nullable=False),
    sa.Column('basis', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.ForeignKeyConstraint(['target_id'], ['unit.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('step_transfer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_step_transfer_target_id'), ['target_id'], unique=False)

    op.create_table('step_void_request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('step_withdrawal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('written', sa.Boolean(), nullable=False),
    sa.Column('own_will', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('clock_change',
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('clock_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('old_stat', sa.Date(), nullable=False),
    sa.Column('old_legal', sa.Date(), nullable=False),
    sa.Column('new_stat', sa.Date(), nullable=False),
    sa.Column('new_legal', sa.Date(), nullable=False),
    sa.Column('why', sa.String(length=120), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['petition_case.id'], ),
    sa.ForeignKeyConstraint(['clock_id'], ['clock.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('clock_change', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_clock_change_case_id'), ['case_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_clock_change_clock_id'), ['clock_id'], unique=False)

    op.create_table('clock_suspension',
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('clock_id', sa.Integer(), nullable=False),
    sa.Column('since', sa.Date(), nullable=False),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('why', sa.String(length=120), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('until IS NULL OR until >= since', name='ck_suspension_order'),
    sa.ForeignKeyConstraint(['case_id'], ['petition_case.id'], ),
    sa.ForeignKeyConstraint(['clock_id'], ['clock.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('clock_suspension', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_clock_suspension_case_id'), ['case_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_clock_suspension_clock_id'), ['clock_id'], unique=False)

    op.create_table('step_recusal_ruling',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('recusal_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['case_step.id'], ),
    sa.ForeignKeyConstraint(['recusal_id'], ['case_recusal.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('step_recusal_ruling', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_step_recusal_ruling_recusal_id'), ['recusal_id'], unique=False)

    with op.batch_alter_table('document_kind', schema=None) as batch_op:
        batch_op.add_column(sa.Column('fixed_clause', sa.Text(), nullable=False, server_default=''))

    reshape(
        'petition_case',
        add=[
            sa.Column('sent_on', sa.Date(), nullable=True),
            sa.Column('supervising_leader', sa.String(length=60), nullable=False, server_default=''),
            sa.Column('supervising_on', sa.Date(), nullable=True),
            sa.Column('package_leader', sa.String(length=60), nullable=False, server_default=''),
            sa.Column('package_on', sa.Date(), nullable=True),
            sa.Column('assigned', sa.Boolean(), nullable=False, server_default=sa.false()),
            sa.Column('companions', sa.String(length=200), nullable=False, server_default=''),
            sa.Column('national', sa.Boolean(), nullable=False, server_default=sa.false()),
        ],
        checks={'ck_case_state': one_of('state', (*STATES, 'MERGED'))},
    )
    reshape('case_step', checks={
        'ck_step_from': one_of('from_state', (*STATES, 'MERGED')),
        'ck_step_to': one_of('to_state', (*STATES, 'MERGED')),
    })
    reshape('case_part', checks={'ck_part_role': one_of('role', (*ROLES, 'ARBITER'))})


def downgrade() -> None:
    reshape('case_part', checks={'ck_part_role': one_of('role', ROLES)})
    reshape('case_step', checks={'ck_step_from': one_of('from_state', STATES), 'ck_step_to': one_of('to_state', STATES)})
    reshape(
        'petition_case',
        drop=['national', 'companions', 'assigned', 'package_on', 'package_leader', 'supervising_on', 'supervising_leader', 'sent_on'],
        checks={'ck_case_state': one_of('state', STATES)},
    )
    with op.batch_alter_table('document_kind', schema=None) as batch_op:
        batch_op.drop_column('fixed_clause')

    with op.batch_alter_table('step_recusal_ruling', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_step_recusal_ruling_recusal_id'))

    op.drop_table('step_recusal_ruling')
    with op.batch_alter_table('clock_suspension', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_clock_suspension_clock_id'))
        batch_op.drop_index(batch_op.f('ix_clock_suspension_case_id'))

    op.drop_table('clock_suspension')
    with op.batch_alter_table('clock_change', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_clock_change_clock_id'))
        batch_op.drop_index(batch_op.f('ix_clock_change_case_id'))

    op.drop_table('clock_change')
    op.drop_table('step_withdrawal')
    op.drop_table('step_void_request')
    with op.batch_alter_table('step_transfer', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_step_transfer_target_id'))

    op.drop_table('step_transfer')
    op.drop_table('step_supervising_leader')
    op.drop_table('step_suggestion_reply')
    op.drop_table('step_statutory_reply')
    op.drop_table('step_spot_answer')
    with op.batch_alter_table('step_split', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_step_split_claim_id'))

    op.drop_table('step_split')
    op.drop_table('step_settling')
    op.drop_table('step_review_request')
    op.drop_table('step_review_opinion')
    op.drop_table('step_review_delivery')
    op.drop_table('step_report_review')
    op.drop_table('step_report')
    with op.batch_alter_table('step_repeat_rejected', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_step_repeat_rejected_other_id'))

    op.drop_table('step_repeat_rejected')
    with op.batch_alter_table('step_repeat_confirmed', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_step_repeat_confirmed_first_id'))

    op.drop_table('step_repeat_confirmed')
    with op.batch_alter_table('step_recusal', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_step_recusal_who_id'))
        batch_op.drop_index(batch_op.f('ix_step_recusal_which_id'))

    op.drop_table('step_recusal')
    op.drop_table('step_recheck_request')
    op.drop_table('step_recheck_opinion')
    op.drop_table('step_package_leader')
    op.drop_table('step_no_longer')
    with op.batch_alter_table('step_merging', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_step_merging_into_id'))

    op.drop_table('step_merging')
    with op.batch_alter_table('step_merge_request', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_step_merge_request_into_id'))

    op.drop_table('step_merge_request')
    op.drop_table('step_mediation')
    op.drop_table('step_kind_linked')
    with op.batch_alter_table('step_jurisdiction_ruling', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_step_jurisdiction_ruling_target_id'))

    op.drop_table('step_jurisdiction_ruling')
    op.drop_table('step_hearing_start')
    op.drop_table('step_hearing_end')
    op.drop_table('step_handover_receipt')
    with op.batch_alter_table('step_handover', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_step_handover_organ_unit_id'))

    op.drop_table('step_handover')
    op.drop_table('step_guidance')
    op.drop_table('step_evaluation')
    op.drop_table('step_dispute')
    op.drop_table('step_correction')
    op.drop_table('step_classification')
    op.drop_table('step_call_back')
    with op.batch_alter_table('step_assignment_draft', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_step_assignment_draft_target_id'))
        batch_op.drop_index(batch_op.f('ix_step_assignment_draft_supervisor_id'))

    op.drop_table('step_assignment_draft')
    with op.batch_alter_table('step_assignment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_step_assignment_target_id'))

    op.drop_table('step_assignment')
    op.drop_table('step_archiving')
    with op.batch_alter_table('case_recusal', schema=None) as batch_op:
        batch_op.drop_index('ix_recusal_unit')
        batch_op.drop_index('ix_recusal_officer')
        batch_op.drop_index(batch_op.f('ix_case_recusal_ended_by_id'))
        batch_op.drop_index(batch_op.f('ix_case_recusal_case_id'))

    op.drop_table('case_recusal')
    with op.batch_alter_table('case_link', schema=None) as batch_op:
        batch_op.drop_index('uq_link_sequence', sqlite_where=sa.text("kind = 'REPEAT'"), postgresql_where=sa.text("kind = 'REPEAT'"))
        batch_op.drop_index('uq_link_one_survivor', sqlite_where=sa.text("kind = 'MERGED'"), postgresql_where=sa.text("kind = 'MERGED'"))
        batch_op.drop_index('uq_link_one_first', sqlite_where=sa.text("kind = 'REPEAT'"), postgresql_where=sa.text("kind = 'REPEAT'"))
        batch_op.drop_index('ix_link_to')
        batch_op.drop_index(batch_op.f('ix_case_link_step_id'))

    op.drop_table('case_link')
    with op.batch_alter_table('intake_receipt', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_intake_receipt_case_id'))

    op.drop_table('intake_receipt')
    with op.batch_alter_table('case_gram', schema=None) as batch_op:
        batch_op.drop_index('ix_case_gram_case')

    op.drop_table('case_gram')
    op.drop_table('superior')
    with op.batch_alter_table('lookup_failure', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_lookup_failure_last_at'))

    op.drop_table('lookup_failure')
    op.drop_table('step_guidance_follow_up')
    op.drop_table('step_advice_feedback')
    op.drop_table('step_advice')
