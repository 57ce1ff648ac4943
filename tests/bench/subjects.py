"""What is measured: each subject is a few rows, each the same question to the portal and to its peer."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from app.cases.models import Case
from app.cases.steps import Step
from app.core.db import db


@dataclass(frozen=True)
class Row:
    """One line of a table: what it is, and how ours and the peer are asked for it."""

    what: str
    ours: str
    peer: str
    each: int = 1  # how many of them one question asks for


@dataclass(frozen=True)
class Subject:
    title: str
    ours: str  # the parties, see party.py
    peer: str
    rows: list[Row]
    times: int  # measured answers of each party and row


def both(what: str, officer: str, ours: str, peer: str, query: str = "") -> Row:
    """A list page of both; `query` says {view} where FAB wants the view's name."""
    our_view = {"/queue/list/": "QueueView", "/cases/list/": "CaseView"}[ours]
    peer_view = {"/queueview/list/": "QueueView", "/caseview/list/": "CaseView"}[peer]
    return Row(
        what, f"{officer} {ours}{query.format(view=our_view)}", f"{peer}{query.format(view=peer_view)}"
    )


def subjects(unit: int) -> dict[str, Subject]:
    """All subjects over the rows that are there; `unit` is that of the officer who is measured."""
    steps = sa.func.count(Step.id)
    per_case = sa.select(Case.id, steps).join(Step, Step.case_id == Case.id).where(Case.unit_id == unit)
    per_case = per_case.group_by(Case.id)
    longest = db.session.execute(per_case.order_by(steps.desc(), Case.id).limit(1)).one()
    shortest = db.session.execute(per_case.order_by(steps, Case.id).limit(1)).one()
    queue, cases = ("/queue/list/", "/queueview/list/"), ("/cases/list/", "/caseview/list/")
    return {
        "queue": Subject("A department's queue beside a plain list of its open clocks", "portal", "plain", [
            both("first page", "land_officer", *queue),
            both("one kind of deadline", "land_officer", *queue, "?_flt_3_code=T5"),
        ], times=48),
        "list": Subject("All cases beside a plain list of them", "portal", "plain", [
            both("first page, the office (sees all)", "office", *cases),
            both("first page, a department (its own)", "land_officer", *cases),
            both("by deadline", "office", *cases, "?_oc_{view}=due_on&_od_{view}=asc"),
            both("page 300", "office", *cases, "?page_{view}=300"),
            both("words in the title", "office", *cases, "?_flt_2_title=补偿"),
            both("in one state", "office", *cases, "?_flt_0_state=HANDLING"),
        ], times=32),
        "case": Subject("The case page beside a plain page with its steps and clocks below", "portal", "plain", [
            Row(f"{count} steps", f"land_officer /cases/show/{case}", f"/caseview/show/{case}")
            for case, count in (longest, shortest)
        ], times=48),
        "papers": Subject("A letter through the whole portal beside the same, bare, by Typst", "papers", "typst", [
            Row("one letter, kept in the register", "letter", "letter"),
            Row("each of 300 letters of a job, one PDF", "job 300", "job 300", each=300),
        ], times=48),
        "letter": Subject("A letter as PDF/A beside the same through stock WeasyPrint", "letter", "plain letter", [
            Row("supervision letter", "SUPERVISION", "SUPERVISION"),
            Row("notice of acceptance", "ACCEPTANCE", "ACCEPTANCE"),
        ], times=24),
    }  # fmt: skip
