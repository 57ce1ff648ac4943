"""Keeping the house: is all in order (doctor), a copy for the bad day (backup), figures for a monitor (metrics)."""
