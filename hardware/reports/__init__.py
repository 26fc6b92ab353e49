"""What is written from the circuits for people: parts lists, pin tables, reports, wiring pictures."""
