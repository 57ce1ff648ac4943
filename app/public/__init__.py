"""The petitioner's own pages: look up, progress and rights, letters, evaluation, applying for review (art. 18, 21)."""
