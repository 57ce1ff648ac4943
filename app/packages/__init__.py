"""Leadership packages (领导包案): who owns a hard case, what was done, and how it is struck off."""
