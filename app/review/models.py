"""Which body reviews whose opinion; rows, since it differs from place to place. Bodies above are external."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.enums import LabelledEnum
from app.core.labels import said
from app.core.models import Row
from app.organisation.models import Unit


class Superior(Row):
    """The organ one level up for review, and the next one up for re-examination (art. 35, 36)."""

    __tablename__ = "superior"

    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"), unique=True)
    unit: Mapped[Unit | None] = relationship(
        info=said(
            _l("Unit"), _l("Whose opinion is reviewed; also for all below it; empty: any unit without a row")
        )
    )
    review_body: Mapped[str] = mapped_column(
        sa.String(80), info=said(_l("Body of review"), _l("One level up (art. 35)"))
    )
    review_external: Mapped[bool] = mapped_column(
        default=False, info=said(_l("Review is outside the district"), _l("Recorded here, decided there"))
    )
    recheck_body: Mapped[str] = mapped_column(
        sa.String(80), info=said(_l("Body of re-examination"), _l("One level above the review (art. 36)"))
    )
    recheck_external: Mapped[bool] = mapped_column(
        default=True, info=said(_l("Re-examination is outside the district"))
    )

    def __str__(self) -> str:
        return f"{self.unit or '*'} → {self.review_body} → {self.recheck_body}"


class Conclusion(LabelledEnum):
    """What a review or re-examination says (domain.md §7.3)."""

    MAINTAINED = (_l("Maintained"), "mute")
    REDO = (_l("Revoked, to be handled anew"), "warn")
    CHANGED = (_l("Changed"), "info")
