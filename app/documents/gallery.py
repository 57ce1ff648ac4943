"""An example of every kind: what it looks like with a made-up matter of the demo office, as a draft or as signed."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any, cast

from app.documents import compose, fields
from app.documents.models import Document, DocumentKind, Issuer
from app.documents.numbers import written
from app.documents.paper import Paper

DAY = dt.datetime(2026, 11, 23, 9, 30)
CODE = "7F3K9ZQXM4DA"


def example(
    kind: DocumentKind, office: str, said: dict[str, Any] | None = None, signed: bool = True
) -> Paper:
    """The paper of `said` (else of a made-up matter); signed it has a number of the kind's series, `12号`.

    Nothing is added to the session, no number is taken. Raises Refusal for a text that cannot be filled.
    """
    known = dict(said) if said is not None else fields.sample(kind.code)
    sign = str(known.pop("sign", "云资"))
    organ = str(known.pop("issuer", "") or known.get("unit") or office)
    organ = office if kind.issuer is Issuer.CONFERENCE else organ
    known["issued_by"] = organ
    text = compose.write(kind, known)
    known |= {
        "copies_to": text.pop("copies_to"),
        "mark": text.pop("mark"),
        "issued_by": text.pop("organ") or organ,
    }
    # plain values, no row: a Document would join the session of its kind
    sheet = SimpleNamespace(
        kind=kind, fields=known, drafted_at=DAY, signed_at=DAY if signed else None, code=CODE if signed else "",
        number=_number(kind, sign) if signed else "", signed_by="何　翀", **text,
    )  # fmt: skip
    address = f"http://127.0.0.1:8000/verify/{CODE}" if signed else ""
    return compose.paper(cast(Document, sheet), office, address)


def _number(kind: DocumentKind, sign: str) -> str:
    series = (kind.series or "").replace("{unit}", sign)
    return written(series, DAY.year, 12) if series else ""
