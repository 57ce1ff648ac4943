"""The transition table: whose turn it is. One line a step kind; everything else about a case follows from it.

``from_`` are the states a step may be taken in, ``to`` where it leads (None: stays; a tuple: the step's own facts
decide, see effects.py), ``stops`` and ``starts`` the clocks, ``drops`` those that end because they have nothing left
to wait for (no step is late by them), ``paper`` the document kind it issues. Guards are
named functions of ``guards.py``. The diagram in docs/ and the tests of every allowed and forbidden pair are made
from this table.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from app.cases.enums import KEPT, OPEN, State

S = State


@dataclass(frozen=True)
class Move:
    """``kind`` is the step's polymorphic identity; ``rank`` orders the buttons of the case page."""

    kind: str
    from_: frozenset[State]
    to: State | tuple[State, ...] | None
    guards: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()  # late when one of these is, though they run on
    paper: str = ""
    rank: int = 50
    repeats: bool = True
    quiet: bool = False  # its button stands only where the step is possible
    targets: frozenset[State] = field(init=False)

    def __post_init__(self) -> None:
        to = self.to if isinstance(self.to, tuple) else (self.to,) if self.to else tuple(self.from_)
        object.__setattr__(self, "targets", frozenset(to))


def _at(*states: State) -> frozenset[State]:
    return frozenset(states)


FIRST_CLOCKS = ("T1", "T1a", "T2")  # what runs until a matter has found its way; one of them
_ANSWERED = (S.DELIVERED, S.REPORTED, S.REVIEW, S.REVIEWED, S.RECHECK, S.CLOSED, S.SETTLED)
_CALLED_BACK = (*_ANSWERED, S.FINAL, S.HANDLING, S.ANSWERED)  # wherever the matter has gone meanwhile
_KEPT = KEPT  # its file is still written in

# delivered to the petitioner, whatever goes on about it
_DELIVERED = _at(S.DELIVERED, S.REPORTED, S.CLOSED, S.SETTLED, S.REVIEW, S.REVIEWED, S.RECHECK, S.FINAL)

MOVES: dict[str, Move] = {
    move.kind: move
    for move in (
        # S10 -> S30: the hall's own way to the resident department (S002); T1 ends, T3 and T4 begin
        Move("routing", _at(S.REGISTERED, S.TO_FORWARD), S.TO_SIGN, ("routable",),
             starts=("T3", "T4"), stops=FIRST_CLOCKS, rank=10),
        # S10/S11: the kind of matter and a claim's path decide everything after (art. 29 to 31)
        Move("classification", _at(S.REGISTERED, S.TO_FORWARD), S.TO_FORWARD, ("classifiable",), rank=8),
        # S10/S30 -> S60: simple, clear, and the petitioner is there (S002)
        Move("spot_answer", _at(S.REGISTERED, S.TO_FORWARD, S.TO_SIGN), S.ANSWERED, ("on_the_spot",),
             starts=("L2",), stops=(*FIRST_CLOCKS, "T3", "T4"), paper="D11", rank=30),
        # S10/S11 -> S30: by letter of the joint conference's office (art. 22)
        Move("transfer", _at(S.REGISTERED, S.TO_FORWARD), S.TO_SIGN, ("sendable",),
             starts=("T3", "T4"), stops=FIRST_CLOCKS, paper="D07", rank=14),
        Move("assignment_draft", _at(S.REGISTERED, S.TO_FORWARD), None, ("sendable", "assignable"), rank=16),
        Move("assignment", _at(S.REGISTERED, S.TO_FORWARD), S.TO_SIGN, ("sendable", "assignment_drafted"),
             starts=("T3", "T4", "T11"), stops=FIRST_CLOCKS, paper="D08", rank=12),
        # S11/S40 -> S23: C1 to C4 are guided and tracked (art. 22, 31)
        Move("guidance", _at(S.REGISTERED, S.TO_FORWARD, S.SIGNED), S.GUIDED, ("on_guided_path", "own_decision"),
             starts=("L9",), stops=(*FIRST_CLOCKS, "T3", "T4"), paper="D06", rank=18),
        Move("guidance_follow_up", _at(S.GUIDED), (S.GUIDED, S.TO_FORWARD), stops=("L9",), rank=10),
        # S11 -> S24: an accusation, by its keeper, never to the accused (art. 30)
        Move("handover", _at(S.REGISTERED, S.TO_FORWARD), S.HANDED_OVER, ("handover_lawful",), stops=FIRST_CLOCKS,
             rank=10),
        Move("handover_receipt", _at(S.HANDED_OVER), None, ("received_plausibly",), rank=10),
        # S10/S11 -> S22: the same facts after the final opinion (art. 36)
        Move("no_longer", _at(S.REGISTERED, S.TO_FORWARD), S.NO_LONGER, ("final_before",),
             stops=FIRST_CLOCKS, paper="D05", rank=75),
        # S31 -> S32 -> S30: common superior, then joint conference (art. 24)
        Move("dispute", _at(S.OBJECTED, S.DISPUTED), S.DISPUTED, ("dispute_rises",), starts=("L5",),
             stops=("L1", "L5"), rank=30),
        Move("jurisdiction_ruling", _at(S.DISPUTED), S.TO_SIGN, ("able_target",), starts=("T3", "T4"),
             stops=("L5", "T3", "T4"), rank=10),
        # S30 -> S40
        Move("signing", _at(S.TO_SIGN), S.SIGNED, rank=10),
        # S30/S40 -> S31: five working days, reasons (art. 23 para 3)
        Move("objection", _at(S.TO_SIGN, S.SIGNED), S.OBJECTED, ("objection_in_time",),
             starts=("L1",), stops=("T4",), paper="D09", rank=60),
        # S31 -> S11 returned, or back to S40 with reasons
        Move("objection_ruling", _at(S.OBJECTED), (S.TO_FORWARD, S.SIGNED), stops=("L1",), rank=10),
        # S40 -> S50: written notice; the 60 days run from here on C6 (art. 31(6), 34). S10/S11 -> S50: an organ that
        # registered a matter of its own (art. 23 para 2)
        Move("acceptance", _at(S.REGISTERED, S.TO_FORWARD, S.SIGNED), S.HANDLING,
             ("not_guided", "own_matter", "own_decision"), starts=("T5",), stops=(*FIRST_CLOCKS, "T3", "T4"),
             paper="D03", rank=10),
        # S30.. -> S21: with ground, article and where to turn
        Move("non_acceptance", _at(S.REGISTERED, S.TO_FORWARD, S.SIGNED), S.REFUSED, ("own_decision",),
             stops=(*FIRST_CLOCKS, "T3", "T4"), paper="D04", rank=70),
        Move("handling", _at(S.SIGNED, S.HANDLING), None, rank=20),
        # S50: once, at most 30 days, before it is due, C6 only (art. 34)
        Move("extension_request", _at(S.HANDLING), None, ("on_c6", "extension_possible"), rank=40),
        Move("extension_ruling", _at(S.HANDLING), None, ("extension_asked",), rank=15),
        # S50 -> S60: opinion drafted by the officer, signed by the head (art. 32, 34)
        Move("opinion_draft", _at(S.HANDLING), None, ("on_c6",), rank=10),
        Move("opinion_signing", _at(S.HANDLING), S.ANSWERED, ("on_c6", "opinion_drafted", "no_extension_open"),
             starts=("L2",), stops=("T5", "L4"), paper="D11", rank=12),
        # S50 -> S60 on the other paths: suggestions (art. 29), statutory duty C5 (art. 31 (5)), agreement (art. 33)
        Move("suggestion_reply", _at(S.HANDLING), S.ANSWERED, ("on_suggestion",), starts=("L2",), stops=("L4",),
             paper="D13", rank=10),
        Move("statutory_reply", _at(S.HANDLING), S.ANSWERED, ("on_c5",), starts=("L2",), stops=("L4",), paper="D12",
             rank=10),
        Move("mediation", _at(S.HANDLING), S.ANSWERED, ("by_consent", "no_extension_open"), starts=("L2",),
             stops=("T5", "L4"), paper="D18", rank=45),
        # S60 -> S61: the petitioner's 30 days for review run from receipt (art. 35)
        Move("delivery", _at(S.ANSWERED), S.DELIVERED, ("received_plausibly",),
             starts=("T7", "T13", "L3"), stops=("L2",), paper="D38", rank=10),
        # S61 -> S80; S71 -> S80 when no re-examination is asked for: the right to it runs on
        Move("closing", _at(S.DELIVERED, S.REVIEWED), S.CLOSED,
             ("not_assigned", "own_closing", "review_delivered", "no_supervision_open"), stops=("L3",), rank=10),
        # S61 -> S62 -> S80 or back to S50: an assigned matter is reported and reviewed (art. 22 (3))
        Move("report", _at(S.DELIVERED, S.REVIEWED), S.REPORTED, ("is_assigned", "review_delivered"), starts=("L6",),
             stops=("L3",), answers=("T11",), paper="D37", rank=10),
        Move("report_review", _at(S.REPORTED), (S.CLOSED, S.HANDLING), ("no_supervision_open",), stops=("L6",),
             rank=10),
        # S80 -> S81: closed is not settled (art. 27)
        Move("settling", _at(S.CLOSED), S.SETTLED, ("agreement_voluntary",), rank=20),
        Move("archiving", _at(S.CLOSED, S.SETTLED, S.FINAL, S.REFUSED, S.NO_LONGER, S.GUIDED, S.HANDED_OVER,
                              S.WITHDRAWN), S.ARCHIVED,
             ("papers_complete", "nothing_owed", "minutes_signed", "no_right_open"), rank=60),
        # 日清日结 of a first petition (S004)
        Move("supervising_leader", OPEN, None, ("leader_clear",), rank=35),
        Move("package_leader", OPEN, None, ("has_unit", "leader_clear"), rank=36),
        # any open: in writing, of their own will
        Move("withdrawal", OPEN, S.WITHDRAWN, ("own_will", "no_supervision_open"), drops=("*",), rank=85),
        Move("correction", _KEPT, None, ("correctable",), rank=90),
        # S61/S80 -> S70 -> S71 -> S75 -> S76: review, re-examination, final (art. 35, 36). The 30 days do not wait for
        # the office's own look at the unit's report (S62)
        Move("review_request", _at(S.DELIVERED, S.REPORTED, S.CLOSED, S.SETTLED), S.REVIEW, ("on_c6", "review_in_time"),
             stops=("T7",), drops=("L3", "L6"), rank=40),
        # one that came in on the public page for a body outside is sent there; the body may answer before
        Move("request_forwarded", _at(S.REVIEW, S.RECHECK), None, ("forwarding_due",), stops=("L8",), rank=9,
             quiet=True),
        Move("review_opinion", _at(S.REVIEW), (S.REVIEWED, S.HANDLING), ("outside_is_named",), starts=("L2",),
             stops=("T8",), drops=("L8",), paper="D15", rank=10),
        Move("review_delivery", _at(S.REVIEWED), None, ("review_delivered_once", "received_plausibly"),
             starts=("T9", "L3"), stops=("L2",), rank=9),
        Move("recheck_request", _at(S.REVIEWED, S.REPORTED, S.CLOSED, S.SETTLED), S.RECHECK,
             ("on_c6", "recheck_in_time"), stops=("T9",), drops=("L3", "L6"), rank=41),
        Move("hearing_start", _at(S.RECHECK), None, ("no_hearing",), rank=30),
        Move("hearing_end", _at(S.RECHECK), None, ("hearing_open",), rank=10, quiet=True),
        Move("recheck_opinion", _at(S.RECHECK), S.FINAL, ("no_hearing",), stops=("T10",), drops=("L8",), rank=20),
        # evaluation: once per object, in its window; a bad word opens a call-back (art. 21, MYD)
        Move("evaluation", _at(*_ANSWERED, S.FINAL), None, ("evaluable_now",), rank=70, quiet=True),
        Move("call_back", _at(*_CALLED_BACK), _CALLED_BACK, ("call_back_due",), stops=("L7",), rank=11, quiet=True),
        # S10: a person finds a repeat, or none; cases of a kind; a mixed letter is split (art. 19, 30)
        Move("repeat_confirmed", OPEN, None, ("not_yet_a_repeat",), rank=55),
        Move("repeat_rejected", OPEN, None, ("another_case_named",), rank=56, quiet=True),
        Move("kind_linked", OPEN, None, ("others_named",), rank=57),
        Move("split", _at(S.REGISTERED, S.TO_FORWARD), None, ("on_accusation",), rank=58, quiet=True),
        # any open -> merged into another case: request and approval by two persons (art. 43)
        Move("merge_request", OPEN, None, ("mergeable", "reasoned"), rank=92),
        Move("merging", OPEN, S.MERGED, ("merging_asked", "reasoned", "no_supervision_open"), drops=("*",), rank=93,
             quiet=True),
        # supervision leaves the state alone; it is a matter of its own beside the case (domain.md 2.6)
        Move("supervision_letter", _KEPT, None, ("supervisable", "letter_drafted"), starts=("T_SUP",), rank=9,
             quiet=True),
        # second and third letter of the same matter; the first one's time is over or its answer came back
        Move("supervision_reminder", _KEPT, None, ("letter_open", "reminder_drafted"), starts=("T_SUP",), rank=9,
             quiet=True),
        # answered, the time runs for who checks it; returned, the unit's own runs on (effects in supervision)
        Move("supervision_answer", _KEPT, None, ("letter_open", "owed_to_us"), stops=("T_SUP",), rank=9, quiet=True),
        Move("supervision_acceptance", _KEPT, None, ("answer_open",), stops=("L_ACC",), rank=9, quiet=True),
        Move("supervision_return", _KEPT, None, ("answer_open",), stops=("L_ACC",), rank=50, quiet=True),
        Move("supervision_contact", OPEN, None, ("supervised", "by_its_supervisor"), rank=38),
        # an ended case may still have a package to check, or an instruction to chase
        Move("supervisor_named", _KEPT, None, ("supervisor_able",), rank=39),
        # the joint conference's measures in their order (art. 39, 40): talk, circular, listing, rectification, blame
        Move("measure_decision", OPEN, None, ("measure_proposed",), rank=9, quiet=True),
        Move("talk_record", _KEPT, None, ("talk_decided",), rank=9, quiet=True),
        Move("measure_answer", _KEPT, None, ("measure_open", "owed_to_us"), stops=("L_RECT",), rank=9, quiet=True),
        Move("measure_end", _KEPT, None, ("measure_lasting",), rank=60, quiet=True),
        # 领导批示: a leader's instruction, and what came of it, told to that leader
        Move("instruction", _KEPT, None, ("instructable",), starts=("L_INS",), rank=37),
        Move("instruction_answer", _KEPT, None, ("instruction_open", "owed_to_us"), stops=("L_INS",), rank=11,
             quiet=True),
        # 领导包案: opened, followed, handed over, struck off by three persons, and taken up again
        Move("hard_matter", OPEN, None, ("not_hard_yet", "reasoned"), rank=59),
        Move("package_opened", OPEN, None, ("packageable",), starts=("L_PKG",), rank=34),
        Move("package_note", _KEPT, None, ("package_open",), rank=33, quiet=True),
        Move("package_handover", _KEPT, None, ("package_open",), rank=61, quiet=True),
        # asked for, the unit's term stands still and the office's own runs for the check and the ruling
        Move("strike_off_request", _KEPT, None, ("package_open", "no_strike_off_asked", "owed_to_us_or_office"),
             starts=("L_OFF",), stops=("L_PKG",), rank=62, quiet=True),
        Move("strike_off_check", _KEPT, None, ("strike_off_asked", "another_checks"), stops=("L_OFF",), rank=12,
             quiet=True),
        Move("strike_off_ruling", _KEPT, None, ("strike_off_checked", "a_third_rules"), stops=("L_OFF", "L_PKG"),
             rank=12, quiet=True),
        Move("package_reopening", _KEPT, None, ("struck_off", "reasoned"), starts=("L_PKG",), rank=34, quiet=True),
        # 领导接访: arranged, prepared by the unit, invited by the four letters, held (or called off before), noticed,
        # reported back, closed
        Move("reception_arranged", OPEN, None, ("reception_listed",), rank=31, quiet=True),
        Move("reception_opinion", OPEN, None, ("reception_unprepared", "owed_to_us"), stops=("L_OPN",), rank=11,
             quiet=True),
        Move("reception_letters", OPEN, None, ("reception_prepared",), paper="D21", rank=10, quiet=True),
        Move("reception_called_off", OPEN, None, ("reception_ahead",), drops=("L_OPN",), rank=64, quiet=True),
        Move("reception_held", OPEN, None, ("reception_invited",), rank=10, quiet=True),
        Move("reception_notice", _KEPT, None, ("reception_done",), paper="D20", rank=10, quiet=True),
        Move("reception_closing", _KEPT, None, ("reception_reported",), rank=32, quiet=True),
        # consultation leaves the state and the case's clocks alone; items are followed up after the case's end, too
        Move("consultation", _KEPT, None, ("consultable",), rank=46, quiet=True),
        # art. 40: the petition office advises, the unit answers in writing
        Move("advice", _KEPT, None, ("advisable",), starts=("T12",), paper="D29", rank=80),
        Move("advice_feedback", _KEPT, None, ("advice_open", "by_the_advised"), stops=("T12",), paper="D30",
             rank=9, quiet=True),
        # any open -> voided: reason, approver; nothing disappears (art. 43)
        Move("void_request", OPEN, None, ("reasoned",), rank=94),
        Move("voiding", OPEN, S.VOIDED, ("voiding_asked", "reasoned", "no_supervision_open"), drops=("*",), rank=95,
             quiet=True),
        # art. 28: declared or recorded; a matter still owed by a recused unit comes back to be sent elsewhere
        Move("recusal", _KEPT, None, ("recusable",), rank=97),
        Move("recusal_ruling", _KEPT, None, ("recusal_stands",), rank=98, quiet=True),
    )
}  # fmt: skip

# how a case comes into being; not a transition
FIRST = {"registration": (S.REGISTERED,), "takeover": tuple(State)}
FIRST_CLOCK, DIRECT_CLOCK, NATIONAL_CLOCK = "T1", "T2", "T1a"


def next_steps(state: State) -> list[Move]:
    """The moves possible from a state, likeliest first."""
    return sorted((m for m in MOVES.values() if state in m.from_), key=lambda m: m.rank)
