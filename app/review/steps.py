"""Step kinds of the review chain."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column

from app.cases.enums import DeliveryWay
from app.cases.steps import Step, _own_id, keep_for_ever
from app.core.enums import enum_column
from app.core.labels import said
from app.review.models import Conclusion


class ReviewRequest(Step):
    """复查申请: within 30 days of receiving the opinion, to the organ one level up (art. 35)."""

    __tablename__ = "step_review_request"
    __mapper_args__: Any = {"polymorphic_identity": "review_request"}
    title: ClassVar[Any] = _l("Review asked for")
    id: Mapped[int] = _own_id()
    received_on: Mapped[dt.date] = mapped_column(
        info=said(_l("Received on"), _l("The 30 days run from here (art. 35)"))
    )
    reason: Mapped[str] = mapped_column(sa.Text, info=said(_l("Request and reasons")))
    body: Mapped[str] = mapped_column(sa.String(80), default="")
    external: Mapped[bool] = mapped_column(default=False)

    def story(self) -> str:
        return f"→ {self.body}：{self.reason} {self.note}".strip()


class ReviewOpinion(Step):
    """复查意见: in writing within 30 days of the request (art. 35)."""

    __tablename__ = "step_review_opinion"
    __mapper_args__: Any = {"polymorphic_identity": "review_opinion"}
    title: ClassVar[Any] = _l("Review opinion")
    id: Mapped[int] = _own_id()
    conclusion: Mapped[Conclusion] = mapped_column(
        enum_column(Conclusion, "review_conclusion"), info=said(_l("Conclusion"))
    )
    findings: Mapped[str] = mapped_column(sa.Text, info=said(_l("Facts found")))
    basis: Mapped[str] = mapped_column(sa.Text, info=said(_l("Legal basis")))
    opinion: Mapped[str] = mapped_column(sa.Text, info=said(_l("Opinion of the review")))
    body: Mapped[str] = mapped_column(sa.String(80), default="")
    external_number: Mapped[str] = mapped_column(
        sa.String(60),
        default="",
        info=said(_l("Number of an outside opinion"), _l("Only where the body is outside")),
    )

    def story(self) -> str:
        return f"{self.body} {self.external_number} {self.conclusion}：{self.opinion}"


class ReviewDelivery(Step):
    """复查意见送达: the petitioner's 30 days for re-examination run from receipt (art. 36)."""

    __tablename__ = "step_review_delivery"
    __mapper_args__: Any = {"polymorphic_identity": "review_delivery"}
    title: ClassVar[Any] = _l("Review opinion delivered")
    id: Mapped[int] = _own_id()
    way: Mapped[DeliveryWay] = mapped_column(
        enum_column(DeliveryWay, "review_delivery_way"), info=said(_l("Way of delivery"))
    )
    received_on: Mapped[dt.date] = mapped_column(info=said(_l("Received on")))
    receiver: Mapped[str] = mapped_column(sa.String(60), info=said(_l("Received by"), _l("Or the witness")))

    def story(self) -> str:
        return f"{self.way}，{self.receiver}，{self.received_on:%Y-%m-%d}"


class RecheckRequest(Step):
    """复核申请: within 30 days of receiving the review opinion, one more level up (art. 36)."""

    __tablename__ = "step_recheck_request"
    __mapper_args__: Any = {"polymorphic_identity": "recheck_request"}
    title: ClassVar[Any] = _l("Re-examination asked for")
    id: Mapped[int] = _own_id()
    received_on: Mapped[dt.date] = mapped_column(
        info=said(_l("Received on"), _l("The 30 days run from here (art. 36)"))
    )
    reason: Mapped[str] = mapped_column(sa.Text, info=said(_l("Request and reasons")))
    body: Mapped[str] = mapped_column(sa.String(80), default="")
    external: Mapped[bool] = mapped_column(default=True)

    def story(self) -> str:
        return f"→ {self.body}：{self.reason} {self.note}".strip()


class RequestForwarded(Step):
    """转交申请: what came in on the public page for a body outside the district went to it (art. 35, 36)."""

    __tablename__ = "step_request_forwarded"
    __mapper_args__: Any = {"polymorphic_identity": "request_forwarded"}
    title: ClassVar[Any] = _l("Request passed on")
    id: Mapped[int] = _own_id()
    sent_by: Mapped[str] = mapped_column(
        sa.String(120), info=said(_l("How it was sent"), _l("Number of the letter or parcel, who took it in"))
    )

    def story(self) -> str:
        return self.sent_by


class HearingStart(Step):
    """听证开始: its days do not count for the re-examination (art. 36)."""

    __tablename__ = "step_hearing_start"
    __mapper_args__: Any = {"polymorphic_identity": "hearing_start"}
    title: ClassVar[Any] = _l("Hearing opened")
    id: Mapped[int] = _own_id()
    since: Mapped[dt.date] = mapped_column(info=said(_l("Hearing from")))
    place: Mapped[str] = mapped_column(sa.String(120), info=said(_l("Place and chair")))

    def story(self) -> str:
        return f"{self.since:%Y-%m-%d} {self.place}"


class HearingEnd(Step):
    """听证结束: counting goes on the day after."""

    __tablename__ = "step_hearing_end"
    __mapper_args__: Any = {"polymorphic_identity": "hearing_end"}
    title: ClassVar[Any] = _l("Hearing closed")
    id: Mapped[int] = _own_id()
    until: Mapped[dt.date] = mapped_column(info=said(_l("Hearing until")))
    record: Mapped[str] = mapped_column(sa.Text, info=said(_l("Record of the hearing")))

    def story(self) -> str:
        return f"{self.until:%Y-%m-%d} {self.record}"


class RecheckOpinion(Step):
    """复核意见: final; the same facts and reasons are no longer accepted (art. 36)."""

    __tablename__ = "step_recheck_opinion"
    __mapper_args__: Any = {"polymorphic_identity": "recheck_opinion"}
    title: ClassVar[Any] = _l("Re-examination opinion")
    id: Mapped[int] = _own_id()
    conclusion: Mapped[Conclusion] = mapped_column(
        enum_column(Conclusion, "recheck_conclusion"), info=said(_l("Conclusion"))
    )
    number: Mapped[str] = mapped_column(sa.String(60), info=said(_l("Number of the opinion")))
    opinion: Mapped[str] = mapped_column(sa.Text, info=said(_l("Opinion of the re-examination")))
    body: Mapped[str] = mapped_column(sa.String(80), default="")

    def story(self) -> str:
        return f"{self.body} {self.number} {self.conclusion}：{self.opinion}"


keep_for_ever(
    ReviewRequest, ReviewOpinion, ReviewDelivery, RecheckRequest, RequestForwarded, HearingStart, HearingEnd,
    RecheckOpinion,
)  # fmt: skip
