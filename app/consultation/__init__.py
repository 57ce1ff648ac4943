"""四级会诊: hard matters climb four levels until one of them decides; the decision becomes work that is followed up.

No source gives these levels a legal deadline (domain.md §7.4): theirs are local rules and say so. The case's own clocks
never stop meanwhile. The only room with hand-written pages.
"""
