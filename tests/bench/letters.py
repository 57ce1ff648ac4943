"""The one-page letter that both sides of the papers' benchmark make: a kind of document, which is a row and a text."""

from __future__ import annotations

from itertools import cycle

import sqlalchemy as sa

from app.cases.models import Case
from app.core import moment
from app.core.db import db
from app.core.scope import seeing_all
from app.documents import jobs, operations
from app.documents.models import DocumentKind, Issuer, PaperFormat
from app.documents.paper import Paper
from app.organisation.models import Officer

CODE = "D99"
TEXT = "\n".join([
    "{{ petitioner }}等{{ people }}人反映的信访事项（编号：{{ number }}，{{ title_of_matter }}），我办于"
    "{{ registered_on | date }}登记并交由你单位办理，该事项至今未收到办理结果。根据《信访工作条例》第四十条规定，"
    "现就有关事项函告如下。",
    "请你单位主要负责同志亲自过问，立即组织核查，依法依规处理，当面向信访人说明情况，并于十日内将办理结果书面报送"
    "我办，同时附信访处理意见书、送达回证等材料。逾期仍未办结或者办理不到位的，我办将视情予以通报。",
])  # fmt: skip


def prepare() -> None:
    """Add the kind to an office that does not have it."""
    if db.session.scalar(sa.select(DocumentKind.id).where(DocumentKind.code == CODE)) is None:
        kind = DocumentKind(
            code=CODE, name="催报函", format=PaperFormat.LETTER, issuer=Issuer.CONFERENCE, series="云信测",
            title="关于报送信访事项办理情况的函", recipient="{{ unit }}", body=TEXT, sealed=True,
            copies_to="区委办公室，区政府办公室",
        )  # fmt: skip
        db.session.add(kind)
        db.session.commit()


def cases(count: int) -> list[int]:
    """The newest cases."""
    return list(db.session.scalars(sa.select(Case.id).order_by(Case.id.desc()).limit(count)))


def drafted(officer: Officer, count: int) -> list[Paper]:
    """The same letters as papers to be laid out, in the same order, nothing kept."""
    chosen, at = cases(count), moment.now()
    offered = jobs.offered(chosen, officer)
    made = []
    with seeing_all("letters for the peer"), db.session.no_autoflush:
        for case_id in chosen:
            document = operations.draft(CODE, *offered[case_id], at, officer, case_id)
            document.number, document.code, document.signed_at = (
                f"云信测〔2026〕{case_id}号",
                "7F3K9ZQXM4DA",
                at,
            )
            made.append(operations.laid_out(document))
    db.session.rollback()
    return made


def turns(count: int) -> cycle[int]:
    """Case after case, so that no letter is the one before."""
    return cycle(cases(count))
