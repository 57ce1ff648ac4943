"""Views of the headings and words that ledgers are read with."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from app.cases.enums import Channel, Purpose, State
from app.cases.ledger_models import LedgerAlias, LedgerWord, WordField
from app.cases.models import Category
from app.core.datamodel import DataModel
from app.core.db import db
from app.core.errors import Refusal
from app.core.views import BaseView


class LedgerAliasView(BaseView):
    """台账表头: which heading of a ledger means which field."""

    datamodel = DataModel(LedgerAlias)
    list_title = _l("Ledger headings")
    show_title = add_title = edit_title = _l("Ledger heading")
    base_permissions = ["can_list", "can_show", "can_add", "can_edit", "can_delete"]
    list_columns = show_columns = add_columns = edit_columns = ["alias", "field", "rank", "active"]
    search_columns = ["alias", "field", "active"]
    order_columns = ["alias", "rank"]
    base_order = ("rank", "asc")


class LedgerWordView(BaseView):
    """台账用词: which word of a ledger stands for which code."""

    datamodel = DataModel(LedgerWord)
    list_title = _l("Ledger words")
    show_title = add_title = edit_title = _l("Ledger word")
    base_permissions = ["can_list", "can_show", "can_add", "can_edit", "can_delete"]
    list_columns = show_columns = add_columns = edit_columns = ["field", "word", "code", "active"]
    search_columns = ["word", "code", "field", "active"]
    order_columns = ["word", "code"]
    base_order = ("id", "asc")

    def pre_add(self, word: LedgerWord) -> None:
        word.code = word.code.strip()
        if word.field is WordField.CATEGORY:
            known = db.session.scalar(sa.select(Category.id).where(Category.code == word.code)) is not None
        else:
            known = word.code in CODES[word.field]
        if not known:
            raise Refusal(_l("There is no such code for this field."), "code")

    def pre_update(self, word: LedgerWord) -> None:
        self.pre_add(word)


CODES: dict[WordField, frozenset[str]] = {
    WordField.CHANNEL: frozenset(Channel.__members__),
    WordField.PURPOSE: frozenset(Purpose.__members__),
    WordField.STATUS: frozenset(State.__members__),
    WordField.IS_FIRST: frozenset({"yes", "no"}),
}
