"""Units and rooms, posts, officers (FAB's user, extended in place) and roles by level.

FAB's ``User`` and ``Role`` are extended in place: a subclass of ``User`` breaks its groups in 5.3.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_appbuilder import Model
from flask_appbuilder.security.sqla.models import Role, User
from flask_babel import lazy_gettext as _l
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.enums import LabelledEnum, enum_column
from app.core.labels import said
from app.core.models import Row


class UnitKind(LabelledEnum):
    """What a unit is in the petition order (domain.md §7.1)."""

    DISTRICT = (_l("District leadership"), "info")
    CONFERENCE = (_l("Joint conference office"), "info")
    HALL = (_l("Reception hall"), "info")
    ROOM = (_l("Reception room"), "info")
    DEPARTMENT = (_l("Department"), "mute")
    TOWN = (_l("Town or subdistrict"), "mute")
    VILLAGE = (_l("Village or community"), "mute")
    DISCIPLINE = (_l("Discipline inspection"), "warn")
    SUPERIOR = (_l("Body above the district"), "mute")


class Unit(Row):
    """A unit or a reception room. ``path`` holds the numbers of its superiors and itself: ``/1/4/9/``."""

    __tablename__ = "unit"
    pick_by = ("name", "short_name")

    name: Mapped[str] = mapped_column(sa.String(80), unique=True, info=said(_l("Unit")))
    short_name: Mapped[str] = mapped_column(sa.String(40), default="", info=said(_l("Short name")))
    aliases: Mapped[str] = mapped_column(
        sa.String(200), default="", info=said(_l("Other names"), _l("Separated by commas; used by imports"))
    )
    kind: Mapped[UnitKind] = mapped_column(enum_column(UnitKind, "unit_kind"), info=said(_l("Kind of unit")))
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id", name="fk_unit_parent"), index=True)
    parent: Mapped[Unit | None] = relationship(remote_side="Unit.id", info=said(_l("Belongs to")))
    path: Mapped[str] = mapped_column(sa.String(120), default="", index=True)
    sign: Mapped[str] = mapped_column(
        sa.String(12),
        default="",
        info=said(_l("Document sign"), _l("The unit's part of a document number, as 云资")),
    )
    phone: Mapped[str] = mapped_column(sa.String(40), default="", info=said(_l("Telephone")))
    address: Mapped[str] = mapped_column(sa.String(120), default="", info=said(_l("Office address")))
    active: Mapped[bool] = mapped_column(default=True, info=said(_l("In use")))

    def __str__(self) -> str:
        return self.name


@sa.event.listens_for(Unit, "after_insert")
@sa.event.listens_for(Unit, "after_update")
def _lead_path(_mapper: Any, connection: sa.Connection, unit: Unit) -> None:
    units = Unit.__table__
    above = "/"
    if unit.parent_id is not None:
        above = connection.scalar(sa.select(units.c.path).where(units.c.id == unit.parent_id)) or "/"
    path = f"{above}{unit.id}/"
    before = connection.scalar(sa.select(units.c.path).where(units.c.id == unit.id)) or ""
    if path != before:
        connection.execute(units.update().where(units.c.id == unit.id).values(path=path))
        if before:  # a moved unit takes those below along
            below = units.c.path.startswith(before) & (units.c.id != unit.id)
            moved = sa.literal(path).op("||")(sa.func.substr(units.c.path, len(before) + 1))
            connection.execute(units.update().where(below).values(path=moved))


class Post(Row):
    """A post an officer holds; it suggests the role, the role is what counts."""

    __tablename__ = "post"
    pick_by = ("name",)

    name: Mapped[str] = mapped_column(sa.String(40), unique=True, info=said(_l("Post")))

    def __str__(self) -> str:
        return self.name


class Level(LabelledEnum):
    VILLAGE = (_l("Village"), "mute")
    TOWN = (_l("Town or department"), "mute")
    HALL = (_l("Hall"), "info")
    DISTRICT = (_l("District"), "info")
    ADMIN = (_l("Administration of the portal"), "warn")


class DataScope(LabelledEnum):
    """Which cases a role sees; several roles of one officer add up."""

    ALL = (_l("All units"), "warn")
    CHOSEN = (_l("Chosen units"), "info")
    SUBTREE = (_l("Own unit and below"), "info")
    UNIT = (_l("Own unit"), "info")
    ASSIGNED = (_l("Own assignments"), "mute")


role_unit = sa.Table(
    "role_unit",
    Model.metadata,
    sa.Column("role_id", sa.ForeignKey("ab_role.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("unit_id", sa.ForeignKey("unit.id", ondelete="CASCADE"), primary_key=True, index=True),
)

Role.level = mapped_column(
    enum_column(Level, "role_level"), nullable=False, default=Level.TOWN, info=said(_l("Level"))
)
Role.data_scope = mapped_column(
    enum_column(DataScope, "role_data_scope"),
    nullable=False,
    default=DataScope.ASSIGNED,
    info=said(_l("Data scope"), _l("Which cases officers of this role see")),
)
Role.accusations = mapped_column(
    sa.Boolean,
    nullable=False,
    default=False,
    info=said(
        _l("Keeps accusations"),
        _l("Sees accusations only (art. 30); such a role sees no ordinary case through it"),
    ),
)
Role.note = mapped_column(sa.String(200), nullable=False, default="", info=said(_l("Note")))
Role.units = relationship(Unit, secondary=role_unit, info=said(_l("Chosen units")))

User.unit_id = mapped_column(sa.ForeignKey("unit.id", name="fk_user_unit"), nullable=True, index=True)
User.unit = relationship(Unit, foreign_keys=[User.unit_id], info=said(_l("Unit")))
User.post_id = mapped_column(sa.ForeignKey("post.id", name="fk_user_post"), nullable=True, index=True)
User.post = relationship(Post, info=said(_l("Post")))
User.session_version = mapped_column(sa.Integer, nullable=False, default=1)  # raised to end all sessions
User.failed_at = mapped_column(sa.DateTime, nullable=True)

Officer = User
Officer.pick_by = ("username", "whole_name")  # who looks for 罗毅 types both characters


def _full_name(officer: Any) -> str:
    return f"{officer.last_name or ''}{officer.first_name or ''}"


def _full_name_sql(officer: Any) -> Any:
    return officer.last_name + officer.first_name


Officer.whole_name = hybrid_property(_full_name, expr=_full_name_sql)
# FAB prints "first last"; a Chinese name is family name first, no blank
Officer.get_full_name = _full_name
Officer.__repr__ = _full_name
Officer.__str__ = _full_name
