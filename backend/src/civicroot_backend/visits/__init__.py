"""What crews find and do at bins and trees: where they are needed, their visits, and the care of trees on record."""
