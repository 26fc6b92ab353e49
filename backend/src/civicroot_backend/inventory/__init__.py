"""What the city says of its bins and trees: imported files, checked row by row, with their history."""
