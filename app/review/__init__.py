"""Review: 复查 and 复核 of an opinion by the right superior body, each once, then the matter is final (art. 35, 36)."""
