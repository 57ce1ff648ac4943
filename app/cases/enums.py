"""The words of a case: channels, purposes, kinds, paths, states (domain.md §1.2, §1.3, §6.2, §6.3, §7.3)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.enums import LabelledEnum
from app.documents.models import DeliveryWay as DeliveryWay


class Channel(LabelledEnum):
    LETTER = (_l("Letter"), "mute")
    VISIT = (_l("Visit"), "mute")
    WEB = (_l("Web petition"), "mute")
    CALL = (_l("Telephone call"), "mute")
    HOTLINE = (_l("12345 hotline"), "mute")
    FAX = (_l("Fax"), "mute")
    MAILBOX = (_l("Leader's mailbox"), "mute")
    SUPERIOR = (_l("Forwarded from above"), "info")
    INSTRUCTION = (_l("Leader's instruction"), "info")


class Purpose(LabelledEnum):
    SUGGESTION = (_l("Opinion or suggestion"), "mute")
    ACCUSATION = (_l("Exposure or accusation"), "warn")
    APPEAL = (_l("Appeal"), "mute")
    CLAIM = (_l("Request for settlement"), "mute")
    OTHER = (_l("Other purpose"), "mute")


class MatterKind(LabelledEnum):
    """The three kinds of R22 art. 29 to 31."""

    SUGGESTION = (_l("Suggestion (art. 29)"), "mute")
    ACCUSATION = (_l("Accusation (art. 30)"), "warn")
    CLAIM = (_l("Claim or appeal (art. 31)"), "info")


KIND_OF_PURPOSE = {
    Purpose.SUGGESTION: MatterKind.SUGGESTION,
    Purpose.ACCUSATION: MatterKind.ACCUSATION,
    Purpose.APPEAL: MatterKind.CLAIM,
    Purpose.CLAIM: MatterKind.CLAIM,
    Purpose.OTHER: MatterKind.CLAIM,
}


class LegalPath(LabelledEnum):
    """The six paths of a claim (R22 art. 31); only C6 has the 60 days, the opinion and the review chain."""

    C1 = (_l("C1 litigation, criminal or police procedure"), "mute")
    C2 = (_l("C2 arbitration"), "mute")
    C3 = (_l("C3 party member's appeal"), "mute")
    C4 = (_l("C4 reconsideration or other administrative procedure"), "mute")
    C5 = (_l("C5 application to perform a statutory duty"), "mute")
    C6 = (_l("C6 petition procedure with written opinion"), "info")


class PetitionerType(LabelledEnum):
    PERSON = (_l("Person"), "mute")
    LEGAL = (_l("Legal person"), "mute")
    OTHER = (_l("Other organisation"), "mute")


class State(LabelledEnum):
    """Where a case's steps have led it (domain.md §7.3; the S numbers stand beside the names there)."""

    REGISTERED = (_l("Registered"), "info")  # S10
    TO_FORWARD = (_l("To be forwarded"), "info")  # S11
    REFUSED = (_l("Not accepted"), "mute")  # S21
    NO_LONGER = (_l("No longer accepted"), "mute")  # S22
    GUIDED = (_l("Guided to another procedure"), "mute")  # S23
    HANDED_OVER = (_l("Handed over in confidence"), "warn")  # S24
    TO_SIGN = (_l("To be signed for"), "mute")  # S30
    OBJECTED = (_l("Objection under review"), "amber")  # S31
    DISPUTED = (_l("Jurisdiction in dispute"), "amber")  # S32
    SIGNED = (_l("Signed for"), "mute")  # S40
    HANDLING = (_l("Being handled"), "info")  # S50
    ANSWERED = (_l("Answered, to be delivered"), "info")  # S60
    DELIVERED = (_l("Delivered"), "green")  # S61
    REPORTED = (_l("Closing under review"), "info")  # S62
    REVIEW = (_l("Under review"), "info")  # S70
    REVIEWED = (_l("Reviewed"), "green")  # S71
    RECHECK = (_l("Under re-examination"), "info")  # S75
    FINAL = (_l("Re-examined, final"), "green")  # S76
    CLOSED = (_l("Closed"), "green")  # S80
    SETTLED = (_l("Settled"), "green")  # S81
    WITHDRAWN = (_l("Withdrawn"), "mute")  # S85
    ARCHIVED = (_l("Archived"), "mute")  # S90
    VOIDED = (_l("Voided"), "mute")
    MERGED = (_l("Merged into another case"), "mute")


ENDED = frozenset(
    {State.REFUSED, State.NO_LONGER, State.GUIDED, State.HANDED_OVER, State.FINAL, State.CLOSED, State.SETTLED,
     State.WITHDRAWN, State.ARCHIVED, State.VOIDED, State.MERGED}
)  # fmt: skip
OPEN = frozenset(State) - ENDED
KEPT = frozenset(State) - {State.VOIDED, State.MERGED, State.ARCHIVED}  # the file is still written in
GONE = frozenset({State.WITHDRAWN, State.VOIDED, State.MERGED})  # with the matter its rights end too


class PartRole(LabelledEnum):
    """Why a unit or officer has to do with a case; who has a part sees the case."""

    REGISTRAR = (_l("Registered it"), "mute")
    ROOM = (_l("Reception room"), "info")
    RESPONSIBLE = (_l("Responsible unit"), "info")
    HANDLER = (_l("Handling officer"), "info")
    KEEPER = (_l("Keeper of accusations"), "warn")
    SUPERVISOR = (_l("Supervises it"), "amber")
    ARBITER = (_l("Decides the dispute"), "info")
    LEADER = (_l("Leader in charge"), "amber")
    CONSULTED = (_l("Takes part in the consultation"), "info")


class Outcome(LabelledEnum):
    """What the opinion says to the request (R22 art. 32)."""

    SUPPORTED = (_l("Supported"), "green")
    PARTLY = (_l("Partly supported"), "info")
    EXPLAINED = (_l("Reasonable, no legal basis: explained"), "mute")
    NOT_SUPPORTED = (_l("Not supported"), "mute")


class Adoption(LabelledEnum):
    """What became of a suggestion (R22 art. 29)."""

    ADOPTED = (_l("Adopted"), "green")
    PARTLY = (_l("Partly adopted"), "info")
    NOT_ADOPTED = (_l("Not adopted"), "mute")


class GuidanceResult(LabelledEnum):
    """What became of a matter that was guided to its own procedure (R22 art. 31)."""

    TAKEN = (_l("Accepted by that organ"), "green")
    DECIDED = (_l("Decided by that organ"), "green")
    WAITING = (_l("Not decided yet, looked after again"), "info")
    REFUSED = (_l("Refused by that organ"), "warn")


class AdviceKind(LabelledEnum):
    """What a petition office may advise (R22 art. 40)."""

    WORK = (_l("To mend the work"), "info")
    POLICY = (_l("To mend a policy"), "info")


class Settlement(LabelledEnum):
    MEDIATION = (_l("Mediation agreement"), "info")
    RECONCILIATION = (_l("Settlement agreement"), "info")


class Disposal(LabelledEnum):
    """三到位一处理 (R22 art. 27)."""

    SOLVED = (_l("Reasonable claim: the problem is solved"), "green")
    EXPLAINED = (_l("Unfounded claim: explained and persuaded"), "mute")
    HELPED = (_l("Hardship: helped and relieved"), "info")
    LAWFUL = (_l("Unlawful act: dealt with by law"), "warn")


class Jurisdiction(LabelledEnum):
    """Who decides when organs dispute their competence, step by step (R22 art. 24)."""

    NEGOTIATION = (_l("The organs by agreement"), "mute")
    SUPERIOR = (_l("The common superior"), "info")
    CONFERENCE = (_l("The joint conference"), "info")


class RefusalGround(LabelledEnum):
    """Grounds of not accepting (domain.md D04), each with its article."""

    ALREADY_ACCEPTED = (_l("Already accepted or being handled, raised to a higher organ (art. 19)"), "mute")
    LITIGATION = (_l("Belongs to judicial or procuratorial organs (art. 20, 22)"), "mute")
    NOT_OURS = (_l("Not within this organ's duties (art. 23)"), "mute")
    OTHER_PROCEDURE = (_l("To be settled by another statutory procedure (art. 31)"), "mute")


class RecusalGround(LabelledEnum):
    """Why somebody stands too near to a matter to deal with it (R22 art. 28)."""

    NAMED = (_l("Named in the matter"), "warn")
    RELATIVE = (_l("Near relative of a party"), "warn")
    INTEREST = (_l("Interest in the matter"), "warn")
    OTHER = (_l("Other relation that may harm fairness"), "amber")
