"""通报考核: what the clocks of a month say about each unit, kept so that every figure opens to its cases.

The month's notice (月通报) is the first of it. Scores, rankings, rewards and the printed notice read the same rows:
``Indicator`` says what is counted, ``NoticeFigure`` what came out, ``NoticeItem`` which cases gave it.
"""
