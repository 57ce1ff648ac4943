"""Synthetic cases with their whole history, for benchmarks, training and the demo office; invented people only."""

# steps no synthetic case takes, each with its reason; the tests hold the simulator to this list
LEFT_OUT = {
    "advice": "advice comes of many matters read together, by a person",
    "advice_feedback": "answers advice",
    "correction": "what is drawn is right at once",
    "dispute": "two units deny competence: rare, and decided by people above the office",
    "jurisdiction_ruling": "ends a dispute",
    "hearing_start": "re-examination is outside the district as a rule, its hearings too",
    "hearing_end": "ends a hearing",
    "repeat_confirmed": "joins two cases; a synthetic case stands alone",
    "repeat_rejected": "concerns two cases",
    "kind_linked": "concerns several cases",
    "split": "makes a second case",
    "merge_request": "concerns two cases",
    "merging": "concerns two cases",
    "recusal": "synthetic officers have no relations",
    "recusal_ruling": "ends a recusal",
    "supervision_letter": "a paper that a person drafts",
    "supervision_answer": "answers a letter",
    "supervision_acceptance": "ends a letter",
    "supervision_return": "returns an answer",
}
