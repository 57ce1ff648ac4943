"""日清日结 of a first petition: the same day a leader answers for it in the bureau and one in the unit (S004)."""

from __future__ import annotations

from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column

from app.cases.steps import Step, _own_id, keep_for_ever
from app.core.labels import said


class SupervisingLeader(Step):
    """督办领导: one leader of the bureau, on the day of registration."""

    __tablename__ = "step_supervising_leader"
    __mapper_args__: Any = {"polymorphic_identity": "supervising_leader"}
    title: ClassVar[Any] = _l("Supervising leader named")
    id: Mapped[int] = _own_id()
    leader: Mapped[str] = mapped_column(sa.String(60), info=said(_l("Leader"), _l("Name and post")))

    def story(self) -> str:
        return self.leader


class PackageLeader(Step):
    """单位包案领导: one leader of the responsible unit, on the day of registration."""

    __tablename__ = "step_package_leader"
    __mapper_args__: Any = {"polymorphic_identity": "package_leader"}
    title: ClassVar[Any] = _l("Unit's leader in charge named")
    id: Mapped[int] = _own_id()
    leader: Mapped[str] = mapped_column(sa.String(60), info=said(_l("Leader"), _l("Name and post")))

    def story(self) -> str:
        return self.leader


keep_for_ever(SupervisingLeader, PackageLeader)
