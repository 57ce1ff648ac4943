"""Views of batches: many cases, one term, and how far each is."""

from __future__ import annotations

from typing import Any

from flask import flash, g, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from wtforms import TextAreaField, validators

from app.cases import shown
from app.core import moment
from app.core.datamodel import DataModel
from app.core.enums import badge
from app.core.errors import Refusal
from app.core.views import BaseView, RecordView
from app.packages import batches
from app.packages.models import (
    BatchItem,
    CaseBatch,
)


class BatchItemView(RecordView):
    """The cases of a batch, as its related list and by themselves."""

    datamodel = DataModel(BatchItem)
    route_base = "/batchcases"
    list_title = _l("Cases of the batches")
    base_permissions = ["can_list"]
    label_columns = {"matter": _l("Number and matter"), "unit": _l("Responsible unit"), "state": _l("State")}
    list_columns = ["batch", "matter", "unit", "state", "added_on"]
    search_columns = ["batch", "added_on"]
    order_columns = ["added_on"]
    base_order = ("id", "asc")
    eager = ("batch", "case.unit")
    computed = {
        "matter": lambda item: shown.matter(item.case), "unit": lambda item: item.case.unit or "",
        "state": lambda item: item.case.state,
    }  # fmt: skip


def _progress(batch: CaseBatch) -> batches.Progress:
    """Counted for all batches at once, once a page."""
    if "batches" not in g:
        g.batches = batches.all_progress()
    found: batches.Progress = g.batches.get(batch.id, batches.Progress())
    return found


def _batch_term(batch: CaseBatch) -> Any:
    if _progress(batch).open and batch.due_on < moment.today():
        return badge(_("%(day)s, over", day=batch.due_on), "late")
    return batch.due_on


def _share(part: str, of: str = "cases") -> Any:
    def cell(batch: CaseBatch) -> Any:
        found = _progress(batch)
        value, whole = getattr(found, part), getattr(found, of)
        return Markup('{} / {} <small class="cell-sub">{}</small>').format(
            value, whole, found.rate(value, whole)
        )

    return cell


def _batch_cases(batch: CaseBatch) -> Markup:
    return Markup('<a href="{}">{}</a>').format(
        url_for("BatchItemView.list", _flt_0_batch=batch.id), _progress(batch).cases
    )


class CaseBatchView(BaseView):
    """积案、交办批次: many cases, one term, its progress."""

    datamodel = DataModel(CaseBatch)
    route_base = "/batches"
    list_title = _l("Batches of cases")
    show_title = add_title = edit_title = _l("Batch of cases")
    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]
    label_columns = {
        "count": _l("Cases"), "ended": _l("Closed"), "settled": _l("Settled"), "agreements": _l("Agreements"),
        "numbers": _l("Add cases"), "left": _l("Withdrawn, merged or voided"), "term": _l("Common term"),
    }  # fmt: skip
    list_columns = ["name", "source", "from_above", "received_on", "term", "count", "ended", "settled", "agreements",
                    "left"]  # fmt: skip
    show_columns = [*list_columns, "note"]
    add_columns = edit_columns = ["name", "source", "from_above", "received_on", "due_on", "note", "numbers"]
    add_form_extra_fields = edit_form_extra_fields = {
        "numbers": TextAreaField(
            _l("Add cases"), [validators.Optional()], description=_l("Case numbers, one a line"),
            render_kw={"rows": 6},
        )
    }  # fmt: skip
    search_columns = ["name", "source", "due_on"]
    order_columns = ["name", "due_on"]
    base_order = ("id", "desc")
    computed = {
        "count": _batch_cases, "ended": _share("ended"), "settled": _share("settled"),
        "agreements": _share("agreements"), "left": lambda batch: _progress(batch).left, "term": _batch_term,
    }  # fmt: skip

    def cards(self) -> list[tuple[Any, Any, str, str]]:
        """All batches together, each case once."""
        found = batches.total()
        parts = (("ended", _("Closed")), ("settled", _("Settled")), ("agreements", _("Agreements")))
        shares = [(found.rate(getattr(found, part), found.cases), label, "", "") for part, label in parts]
        return [(found.cases, _("Cases of all batches"), "", ""), *shares]

    def pre_add(self, batch: CaseBatch) -> None:
        if batch.due_on < batch.received_on:
            raise Refusal(_l("The common term lies before the day it was received."), "due_on")
        numbers = (getattr(batch, "numbers", "") or "").strip()
        if numbers:
            from app.core.db import db

            db.session.add(batch)
            db.session.flush()
            count = batches.add_cases(batch, numbers, moment.today())
            flash(_("%(count)s cases added to the batch.", count=count), "info")

    pre_update = pre_add
