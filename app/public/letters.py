"""Which letters of a case its petitioner may read here: signed, addressed to them, and told or delivered to them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.cases.enums import MatterKind
from app.cases.models import Case
from app.cases.steps import Delivery, Step
from app.core.db import db
from app.documents.models import Document, DocumentState
from app.review.steps import ReviewDelivery

# notices and the invitation to a reception are told by being signed (art. 18, 22, 23, 34, 36);
# an answer counts from its delivery (art. 35, 36)
TOLD = ("D03", "D04", "D05", "D06", "D10", "D21")
DELIVERED_BY: dict[str, type[Step]] = {
    "D11": Delivery, "D12": Delivery, "D13": Delivery, "D15": ReviewDelivery, "D18": Delivery
}  # fmt: skip


def delivered(case: Case) -> list[Document]:
    """Oldest first. Of an accusation nothing: its papers are kept apart (art. 30)."""
    if case.kind is MatterKind.ACCUSATION:
        return []
    query = (
        sa.select(Document)
        .join(Document.kind)
        .where(Document.case_id == case.id, Document.state == DocumentState.SIGNED)
        .options(joinedload(Document.kind))
        .order_by(Document.id)
    )
    found: Sequence[Document] = db.session.scalars(query).all()
    return [paper for paper in found if _told(case, paper)]


def _told(case: Case, paper: Document) -> bool:
    code = paper.kind.code
    if code in TOLD:
        return True
    if code not in DELIVERED_BY:
        return False
    issued = sa.select(Step.id).where(Step.document_id == paper.id).limit(1).scalar_subquery()
    later = sa.select(Step.id).where(
        Step.case_id == case.id,
        Step.kind == DELIVERED_BY[code].__mapper_args__["polymorphic_identity"],
        Step.id > issued,
    )
    return db.session.scalars(later.limit(1)).first() is not None
