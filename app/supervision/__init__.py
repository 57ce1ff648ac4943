"""督办: chasing what is late. A trigger proposes, the office drafts, its head signs, the unit answers, a supervisor
accepts. The machine only proposes; a letter goes out by a person's signature (R22 art. 40)."""
