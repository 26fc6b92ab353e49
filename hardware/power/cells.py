"""The batteries of the two devices, and the regulators behind them."""

from hardware.power.battery import Battery
from hardware.power.phase import assumed, datasheet

# The tag's: two AA cells of lithium/iron disulfide in series, 3.6 V when new, 3.0 V for most of their life.
L91 = "Energizer L91 data sheet"
TWO_L91 = Battery(
    "two AA lithium cells (L91) in series",
    3.0,
    datasheet(3.0, f"{L91}: 3000 mAh to 0.8 V a cell; newer issues show up to 3500 mAh at small currents"),
    datasheet(0.98, "TPS63900 data sheet (SLVSET3): works down to 1.8 V, 0.9 V a cell, where the curve falls steeply"),
    datasheet(0.95, f"{L91}, capacity over temperature at small currents: little is lost down to −20 °C"),
    datasheet(0.01, f"{L91}: 90 % of its capacity after 15 years at 21 °C; half as much again for summers outdoors"),
)
BUCK_BOOST = datasheet(0.9, "TPS63900 data sheet (SLVSET3), efficiency at 3.3 V from 3.0 V, 10 µA to 100 mA: over 90 %")

# The bin's: what a 12 V charge controller takes. The board file says which.
LIFEPO4 = Battery(
    "LiFePO4, 12.8 V, 40 Ah",
    12.8,
    assumed(40.0, "capacity printed on the battery, a usual size"),
    assumed(0.9, "depth to which its protection lets it be emptied"),
    assumed(0.85, "capacity at −10 °C against 25 °C in makers' curves: 80 to 90 %"),
    assumed(0.36, "makers: up to 3 % a month, protection circuit included"),
)
LEAD = Battery(
    "lead (AGM), 12 V, 65 Ah",
    12.0,
    assumed(65.0, "capacity at 20 hours printed on the battery, a usual size"),
    assumed(0.7, "once a winter; its sensor's 0 % is 11.36 V at rest (firmware, battery.py)"),
    assumed(0.75, "capacity at −10 °C against 25 °C in makers' curves: 70 to 80 %"),
    assumed(0.36, "makers: about 3 % a month"),
)
BIN_BATTERIES = {"lifepo4": LIFEPO4, "lead": LEAD}
BUCK = datasheet(
    0.85, "3.3 V and 5 V from 12 V at 20 to 200 mA: TPS62933 data sheet (SLUSEA4), efficiency curves, 85 to 92 %"
)
