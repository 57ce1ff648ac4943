"""Cases: petitions from registration to closing: categories, routing, steps, workflow, clocks, the case page."""
