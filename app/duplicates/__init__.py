"""重复甄别与关联: which matters are the same or alike, what was split off, what was merged. A person decides."""
