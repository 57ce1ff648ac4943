"""Links between cases, and the index of what their texts are made of."""

from __future__ import annotations

import sqlalchemy as sa
from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.models import Case, through_case
from app.cases.steps import Step
from app.core import immutable
from app.core.enums import LabelledEnum, enum_column
from app.core.labels import said
from app.core.models import Row
from app.core.scope import Reach, Scoped

# pairs of characters of title and request, as numbers; led by operations.index, derived, so not protected
case_gram = sa.Table(
    "case_gram",
    Model.metadata,
    sa.Column("gram", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("case_id", sa.ForeignKey("petition_case.id"), primary_key=True),
    sa.Index("ix_case_gram_case", "case_id"),
    sqlite_with_rowid=False,
)


class LinkKind(LabelledEnum):
    """How two matters belong together."""

    REPEAT = (_l("Repeat of an earlier petition"), "amber")
    SAME_KIND = (_l("Of the same kind"), "info")
    SPLIT = (_l("Split off"), "warn")
    MERGED = (_l("Merged into"), "mute")


class CaseLink(Row, Scoped):
    """A finding of a person about two cases, made by a step, never changed.

    Read by who sees both ends: neither the link nor its number says anything of a case out of reach. What was split
    off an ordinary matter is read behind its wall only, by who sees the accusation (art. 30).
    """

    __tablename__ = "case_link"
    __table_args__ = (
        sa.UniqueConstraint("from_case_id", "kind", "to_case_id", name="uq_link"),
        sa.CheckConstraint("from_case_id <> to_case_id", name="ck_link_two_cases"),
        sa.CheckConstraint("(kind = 'REPEAT') = (sequence IS NOT NULL)", name="ck_link_sequence"),
        sa.CheckConstraint("sequence IS NULL OR sequence > 1", name="ck_link_first_is_one"),
        sa.CheckConstraint("kind <> 'REPEAT' OR to_case_id < from_case_id", name="ck_link_repeats_earlier"),
        # a petition repeats one first petition, as the second, the third …
        sa.Index("uq_link_one_first", "from_case_id", unique=True, sqlite_where=sa.text("kind = 'REPEAT'"),
                 postgresql_where=sa.text("kind = 'REPEAT'")),
        sa.Index("uq_link_sequence", "to_case_id", "sequence", unique=True,
                 sqlite_where=sa.text("kind = 'REPEAT'"), postgresql_where=sa.text("kind = 'REPEAT'")),
        sa.Index("uq_link_one_survivor", "from_case_id", unique=True, sqlite_where=sa.text("kind = 'MERGED'"),
                 postgresql_where=sa.text("kind = 'MERGED'")),
        sa.Index("ix_link_to", "to_case_id"),
    )  # fmt: skip

    kind: Mapped[LinkKind] = mapped_column(enum_column(LinkKind, "link_kind"), info=said(_l("Relation")))
    from_case_id: Mapped[int] = mapped_column(sa.ForeignKey("petition_case.id"))
    from_case: Mapped[Case] = relationship(foreign_keys=[from_case_id], info=said(_l("Case")))
    to_case_id: Mapped[int] = mapped_column(sa.ForeignKey("petition_case.id"))
    to_case: Mapped[Case] = relationship(foreign_keys=[to_case_id], info=said(_l("Other case")))
    sequence: Mapped[int | None] = mapped_column(
        info=said(_l("Which time"), _l("Which petition in the matter this is; the first is 1"))
    )
    step_id: Mapped[int] = mapped_column(sa.ForeignKey("case_step.id"), index=True)
    step: Mapped[Step] = relationship(info=said(_l("Step")))

    @classmethod
    def within(cls, reach: Reach) -> sa.ColumnElement[bool]:
        return sa.and_(
            through_case(cls.from_case_id, reach),
            sa.or_(cls.kind == LinkKind.SPLIT, through_case(cls.to_case_id, reach)),
        )


immutable.protect("case_link")
# the wall stands between two ends of a link too; over it leads only the split, seen from behind it
_BEHIND = "(SELECT kind = 'ACCUSATION' FROM petition_case WHERE id = NEW.{end}_case_id)"
immutable.check(
    "link_wall", "case_link", "INSERT",
    f"(NEW.kind <> 'SPLIT' AND {_BEHIND.format(end='from')} <> {_BEHIND.format(end='to')})"
    f" OR (NEW.kind = 'SPLIT' AND NOT {_BEHIND.format(end='from')})",
)  # fmt: skip
