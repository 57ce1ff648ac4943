"""Who may see a petition without an account: whoever holds its query code and knows the end of a number (art. 18, 21).

Wrong and absent take the same way and get the same answer. What a success leaves in the browser is a signed note
that is good for a quarter of an hour and holds no name, no code and no number of a person.
"""

from __future__ import annotations

import datetime as dt
import hmac
import re
import unicodedata

import sqlalchemy as sa
from flask import current_app, session
from itsdangerous import BadSignature, URLSafeSerializer

from app.cases.models import Case
from app.core import crypto, moment
from app.core.db import db
from app.core.scope import seeing_all

GOOD_FOR = dt.timedelta(minutes=15)
NOTE = "petition"
PROOF_LENGTH = 4
NOBODY = "\0" * PROOF_LENGTH  # nothing that is typed equals it: see compact


def compact(text: str | None) -> str:
    """As a person types it: full-width, small letters, blanks and dashes in between. Only letters and digits stay."""
    return re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", text or "").upper())


def proof_of(id_number: str | None, phone: str | None) -> str:
    """The last four characters of the ID document, else the last four digits of the telephone number, else none."""
    if id_number:
        return id_number[-PROOF_LENGTH:].upper()
    digits = re.sub(r"\D", "", re.sub(r"(?<=\d{7})-\d{1,6}$", "", phone or ""))  # without the extension
    return digits[-PROOF_LENGTH:] if len(digits) >= 7 else NOBODY


def find(code: str, proof: str) -> int | None:
    """The case's number in the database, or None: wrong, absent and unprovable alike."""
    columns = Case.__table__.c
    query = sa.select(columns.id, columns.id_number, columns.phone).where(columns.query_code == code)
    row = db.session.execute(query).first()
    if row is None:  # the same work as for a code that exists
        number = crypto.decrypt(crypto.encrypt("0" * 18))
        wanted, case_id = (NOBODY if number else ""), None
    else:
        wanted, case_id = proof_of(row.id_number, row.phone), row.id
    right = hmac.compare_digest(wanted.encode(), proof[:PROOF_LENGTH].ljust(PROOF_LENGTH).encode())
    return case_id if right and len(proof) == PROOF_LENGTH else None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="public-petition")


def admit(case_id: int) -> None:
    """Leave the note in the browser's session; each page renews it."""
    until = moment.now() + GOOD_FOR
    session[NOTE] = _signer().dumps({"case": case_id, "until": until.isoformat()})


def admitted() -> Case | None:
    """The petition this browser may see now, or None; renews the note."""
    try:
        note = _signer().loads(session.get(NOTE, ""))
        until = dt.datetime.fromisoformat(note["until"])
    except (BadSignature, KeyError, TypeError, ValueError):
        return None
    if moment.now() > until:
        leave()
        return None
    with seeing_all("a petitioner looks up their own petition"):
        case = db.session.get(Case, note["case"])
    if case is not None:
        admit(case.id)
    return case


def leave() -> None:
    session.pop(NOTE, None)
