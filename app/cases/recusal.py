"""回避: who stands too near to a matter has no part in it (R22 art. 28).

Two reasons: the matter names them (``Case.accused_unit`` and everything below it), or a recusal was recorded. The
scope keeps the case from their eyes (``models.impartial``), ``operations.take`` from their hands, the database from
giving them a part; here are the questions all three ask.
"""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.enums import MatterKind, RecusalGround
from app.cases.models import Case, OfCase
from app.core import immutable
from app.core.db import db
from app.core.enums import enum_column
from app.core.errors import Refusal
from app.core.labels import said
from app.core.models import Row
from app.organisation.models import Officer, Unit
from app.organisation.reach import conference_office

TAKES_IN = {"split"}
"""Steps that belong to registering: whoever it concerns, nobody may turn a petition away (art. 22, 43)."""


class CaseRecusal(OfCase, Row):
    """An officer or a unit that is kept from a case, since which step; it ends by a ruling only."""

    __tablename__ = "case_recusal"
    __table_args__ = (
        sa.CheckConstraint("(officer_id IS NULL) <> (unit_id IS NULL)", name="ck_recusal_one"),
        sa.Index("ix_recusal_officer", "officer_id", "case_id"),
        sa.Index("ix_recusal_unit", "unit_id", "case_id"),
    )

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("petition_case.id"), index=True)
    case: Mapped[Case] = relationship(info=said(_l("Case")))
    officer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"))
    officer: Mapped[Officer | None] = relationship(info=said(_l("Officer")))
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"))
    unit: Mapped[Unit | None] = relationship(info=said(_l("Unit")))
    ground: Mapped[RecusalGround] = mapped_column(
        enum_column(RecusalGround, "recusal_ground"), info=said(_l("Relation to the matter"))
    )
    step_id: Mapped[int] = mapped_column(sa.ForeignKey("case_step.id"), unique=True)
    ended_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("case_step.id"), index=True)

    def __str__(self) -> str:
        return f"{self.officer or self.unit} · {self.ground}"


immutable.protect(
    "case_recusal", frozen=("case_id", "officer_id", "unit_id", "ground", "step_id"), once=("ended_by_id",)
)
_NEW_UNIT = "COALESCE(NEW.unit_id, (SELECT o.unit_id FROM ab_user o WHERE o.id = NEW.officer_id))"
immutable.check(
    "recused_get_no_part", "case_part", "INSERT",
    "EXISTS (SELECT 1 FROM case_recusal r LEFT JOIN unit near ON near.id = r.unit_id"
    f" LEFT JOIN unit u ON u.id = {_NEW_UNIT} WHERE r.case_id = NEW.case_id AND r.ended_by_id IS NULL"
    " AND (r.officer_id = NEW.officer_id OR u.path LIKE near.path || '%'))",
)  # fmt: skip


def above(unit: Unit | None) -> list[int]:
    """The numbers of a unit's superiors and its own."""
    return [int(number) for number in unit.path.split("/") if number] if unit is not None else []


def named(case: Case, unit: Unit | None) -> bool:
    """Whether the matter is about this unit: it, or one above it, is complained of.

    Everything stands below the district's leadership: a complaint of that recuses itself alone, or nobody could
    take it in; an accusation of it goes up (art. 30).
    """
    if unit is None or case.accused_unit is None:
        return False
    if case.kind is not MatterKind.ACCUSATION and case.accused_unit.parent_id is None:
        return unit is case.accused_unit
    return unit.path.startswith(case.accused_unit.path)


def officers_named(case: Case) -> list[Officer]:
    """The officers whose name stands among who is complained of."""
    accused = "".join((case.accused or "").split())
    if not accused:
        return []
    officers = db.session.scalars(sa.select(Officer).where(Officer.active).order_by(Officer.id))
    return [one for one in officers if len(name := full_name(one)) > 1 and name in accused]


def full_name(officer: Officer) -> str:
    return "".join(officer.get_full_name().split())


def in_force(case: Case) -> list[CaseRecusal]:
    query = sa.select(CaseRecusal).where(CaseRecusal.case_id == case.id, CaseRecusal.ended_by_id.is_(None))
    return list(db.session.scalars(query.order_by(CaseRecusal.id)))


def recused(case: Case, officer: Officer | None = None, unit: Unit | None = None) -> bool:
    """Whether a recusal in force keeps this officer, or this unit, from the case."""
    unit = unit or (officer.unit if officer is not None else None)
    near = [CaseRecusal.unit_id.in_(above(unit))]
    if officer is not None:
        near.append(CaseRecusal.officer_id == officer.id)
    query = sa.select(CaseRecusal.id).where(
        CaseRecusal.case_id == case.id, CaseRecusal.ended_by_id.is_(None), sa.or_(*near)
    )
    return db.session.scalars(query.limit(1)).first() is not None


def stay_clear(
    case: Case, officer: Officer | None = None, unit: Unit | None = None, field: str | None = None
) -> None:
    """Raises Refusal when this officer or unit may have no part in the case; nobody given: nothing to refuse."""
    if officer is None and unit is None:
        return
    if named(case, unit or (officer.unit if officer is not None else None)):
        raise Refusal(_l("The unit complained of does not handle the complaint (art. 28, 30)."), field)
    if recused(case, officer, unit):
        raise Refusal(
            _l("Recused from this matter: no part in it until the office head rules (art. 28)."), field
        )


def desk(case: Case) -> Unit | None:
    """Who keeps a matter nobody is responsible for yet: the registering unit, or the next one not too near."""
    office = conference_office()
    for unit in (case.registered_unit, office, office.parent):
        if unit is not None and not named(case, unit) and not (case.id and recused(case, unit=unit)):
            return unit
    return None
