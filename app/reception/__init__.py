"""Reception days (领导接访): the calendar, Friday's list, the four letters, and what came of it."""
