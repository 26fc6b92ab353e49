"""Clearances, threads and thicknesses that all units share. Millimetres; each with its reason."""

CLEAR = 0.5  # between a part and plastic: what a printed wall is off, twice
GAP = 0.3  # between shell and lid where one slides over the other
LEAST_WALL = 1.6  # four lines of a 0.4 mm nozzle: three and less let water through
BOARD = 1.6  # thickness of a board
TAILS = 3.0  # of a part's wires under a board
SUNK_IN = 0.05  # mm³ that two solids may share: rounding, where they touch
BED = (250.0, 210.0)  # of a usual printer

# Lid: a groove that the shell's rim stands in, with the gasket between them.
PLATE = 3.0
SKIRT = 8.0  # from the rim down to where lid and shell touch at the screws: that contact ends the gasket's compression
SKIRT_WALL = 2.4
SKIRT_ENDS = 0.6  # above that contact: water leaves there
BEVEL = 1.2  # 45° inside the skirt's lower edge: a drop hangs at the outer edge and does not creep to the gap
LIP = 6.0  # of the groove's inner side below the rim
LIP_WALL = 2.0
GASKET = 3.0  # silicone cord, closed cells, Shore A 30
PRESSED = 2.2  # what is left of it under the lid: 27 % less, its maker's 20 to 30 %

# Screws of lid and board.
PILLAR = 10.0  # diameter
PILLAR_OUT = 2.0  # of its middle from the shell's square corner, both ways
INSERT, INSERT_DEEP = 4.2, 8.0  # brass M3, pressed in hot
SCREW = 3.4  # hole for M3
BOSS = 7.2  # no more than the ring that a board keeps free (hardware/boards/layout.py)
PILOT, PILOT_DEEP = 2.5, 8.0  # M3 cut into plastic; never closer than LEAST_WALL to the outside
HEAD = 5.5  # of an M3 screw

AERIAL_CLEAR = 15.0  # of metal, all around: Espressif, hardware design guidelines, PCB aerial
AERIAL_AIR = 5.0  # of plastic: it shifts the aerial's frequency
