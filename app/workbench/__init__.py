"""Workbench: the start page, and what is seen across all rooms."""
