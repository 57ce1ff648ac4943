"""The four levels and the meeting rooms, as rows an office edits (domain.md §7.4; every deadline is a local rule)."""

from __future__ import annotations

import sqlalchemy as sa
from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.labels import said
from app.core.models import Row
from app.organisation.models import Post, UnitKind

HIGHEST = 4
RESPONSIBLE = (
    UnitKind.DEPARTMENT,
    UnitKind.TOWN,
)  # units a matter concerns: their officers report what was done

level_convener = sa.Table(
    "consultation_level_convener",
    Model.metadata,
    sa.Column("level_id", sa.ForeignKey("consultation_level.id"), primary_key=True),
    sa.Column("post_id", sa.ForeignKey("post.id"), primary_key=True, index=True),
)
level_attending = sa.Table(
    "consultation_level_attending",
    Model.metadata,
    sa.Column("level_id", sa.ForeignKey("consultation_level.id"), primary_key=True),
    sa.Column("post_id", sa.ForeignKey("post.id"), primary_key=True, index=True),
)


class ConsultationLevel(Row):
    """One of the four levels: who may convene, who must come, when it may begin. The deadline is a row of 办理时限."""

    __tablename__ = "consultation_level"
    __table_args__ = (
        sa.CheckConstraint(f"number BETWEEN 1 AND {HIGHEST}", name="ck_level_number"),
        sa.CheckConstraint("quorum_percent BETWEEN 1 AND 100", name="ck_level_quorum"),
        sa.CheckConstraint("quorum_least BETWEEN 1 AND 50", name="ck_level_quorum_least"),
        sa.CheckConstraint("vote_percent BETWEEN 0 AND 99", name="ck_level_vote"),
        sa.CheckConstraint("units_least >= 1 AND (units_most = 0 OR units_most >= units_least)",
                           name="ck_level_units"),
    )  # fmt: skip

    number: Mapped[int] = mapped_column(unique=True, info=said(_l("Level")))
    name: Mapped[str] = mapped_column(sa.String(40), info=said(_l("Name of the level")))
    entry: Mapped[str] = mapped_column(
        sa.String(300),
        default="",
        info=said(_l("Entry condition in words"), _l("Shown where a session is proposed")),
    )
    units_least: Mapped[int] = mapped_column(
        default=1, info=said(_l("Units concerned, at least"), _l("A matter of fewer begins lower"))
    )
    units_most: Mapped[int] = mapped_column(
        default=0,
        info=said(_l("Units concerned, at most"), _l("0: no limit; a matter of more begins one level up")),
    )
    conveners: Mapped[list[Post]] = relationship(
        secondary=level_convener,
        info=said(_l("Who may convene"), _l("Posts; the role must permit convening, too")),
    )
    attending: Mapped[list[Post]] = relationship(
        secondary=level_attending,
        info=said(
            _l("Who must be invited"), _l("At least one holder of each of these posts, beside the convener")
        ),
    )
    units_represented: Mapped[bool] = mapped_column(
        default=False,
        info=said(
            _l("Each unit concerned is represented"),
            _l("A member of that unit, or of one below it, is among those asked to come"),
        ),
    )
    experts_least: Mapped[int] = mapped_column(default=0, info=said(_l("Experts, at least")))
    quorum_percent: Mapped[int] = mapped_column(
        default=50,
        info=said(_l("Quorum in percent"), _l("Members present of members expected; excused ones count")),
    )
    quorum_least: Mapped[int] = mapped_column(default=1, info=said(_l("Quorum, at least so many members")))
    votes: Mapped[bool] = mapped_column(
        default=False,
        info=said(_l("Decides by vote"), _l("Then every member present votes before the decision")),
    )
    vote_percent: Mapped[int] = mapped_column(
        default=50,
        info=said(_l("Carried by more than, in percent"), _l("Votes in favour of the members present")),
    )
    at_once: Mapped[bool] = mapped_column(
        default=False,
        info=said(_l("Decides at once"), _l("The convener sits down with it without invitations")),
    )
    clock_code: Mapped[str] = mapped_column(
        sa.String(12), info=said(_l("Deadline"), _l("Code of a row of the deadlines; a local rule, no law"))
    )
    paper: Mapped[str] = mapped_column(
        sa.String(8), default="D33", info=said(_l("Kind of minutes"), _l("Code of a document kind"))
    )
    by_office: Mapped[bool] = mapped_column(
        default=False, info=said(_l("Minutes in the name of the joint conference"))
    )

    def __str__(self) -> str:
        return self.name


class MeetingRoom(Row):
    """A room in which sessions are held; never two at a time."""

    __tablename__ = "meeting_room"

    name: Mapped[str] = mapped_column(sa.String(40), unique=True, info=said(_l("Meeting room")))
    place: Mapped[str] = mapped_column(sa.String(80), default="", info=said(_l("Where it is")))
    seats: Mapped[int] = mapped_column(default=12, info=said(_l("Seats")))
    active: Mapped[bool] = mapped_column(default=True, info=said(_l("In use")))

    def __str__(self) -> str:
        return self.name
