"""The analog parts of the circuits in ngspice: decks made from the circuits' own values, and what they measure."""
