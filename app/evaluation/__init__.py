"""Evaluation: what the petitioner says of the bureau and of the unit, and the call-back after a bad word (art. 21)."""
