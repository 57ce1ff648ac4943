"""Organisation: units and rooms, officers and their posts, roles by level and what each may see."""
