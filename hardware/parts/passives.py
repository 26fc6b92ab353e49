"""Resistors, capacitors, coils: ordered by value."""

import math

from hardware.parts.part import ROHS_7CI, PartType, contacts

_RESISTOR_PRICES = (0.02, 0.006, 0.003)


def resistor(ohm: float) -> PartType:
    """1 %, 0603, 0.1 W."""
    return PartType(
        name=engineering(ohm, "Ω"),
        prefix="R",
        kind="resistor",
        maker="Yageo",
        mpn=f"RC0603FR-07{_yageo(ohm)}L",
        footprint="Resistor_SMD:R_0603_1608Metric",
        datasheet="Yageo RC_L series",
        pins=contacts("1", "2"),
        prices=_RESISTOR_PRICES,
        description="thick film 1 %, 0.1 W, 75 V",
        alternates=(f"Panasonic ERJ-3EKF{_digits(ohm)}V",),
        rohs=ROHS_7CI,
        value=ohm,
        links=(("1", "2"),),
    )


def shunt(ohm: float) -> PartType:
    """A current sense resistor, 1206."""
    return PartType(
        name=engineering(ohm, "Ω"),
        prefix="R",
        kind="shunt",
        maker="Yageo",
        mpn=f"PT1206FR-07{f'{ohm:g}'.replace('.', 'R')}L",
        footprint="Resistor_SMD:R_1206_3216Metric",
        datasheet="Yageo PT series",
        pins=contacts("1", "2"),
        prices=(0.20, 0.11, 0.06),
        description="current sense 1 %, 0.5 W",
        alternates=(f"Susumu RL1632R-R{round(ohm * 1000):03d}-F",),
        value=ohm,
        links=(("1", "2"),),
    )


def power_resistor(ohm: float) -> PartType:
    """5 W for seconds: charges a bank of capacitors; through the board."""
    return PartType(
        name=engineering(ohm, "Ω"),
        prefix="R",
        kind="power resistor",
        maker="Vishay",
        mpn=f"AC0500000{round(ohm * 10):03d}9JAC00",
        footprint="Resistor_THT:R_Axial_Power_L20.0mm_W6.4mm_P22.40mm",
        datasheet="Vishay AC05 series",
        pins=contacts("1", "2"),
        prices=(0.60, 0.42, 0.30),
        description="wire-wound, 5 W, fusible",
        alternates=(f"TE SQPW5{_yageo(ohm)}J",),
        value=ohm,
    )


# farads: (maker's number, rated volts, size, alternate, prices)
_CAPACITORS = {
    1e-9: ("GRM1885C1H102JA01D", 50, "0603", "Samsung CL10C102JB8NNNC", (0.03, 0.012, 0.006)),
    10e-9: ("GRM188R71H103KA01D", 50, "0603", "Samsung CL10B103KB8NNNC", (0.02, 0.008, 0.004)),
    100e-9: ("GRM188R71H104KA93D", 50, "0603", "Samsung CL10B104KB8NNNC", (0.03, 0.010, 0.005)),
    1e-6: ("GRM188R71E105KA12D", 25, "0603", "Samsung CL10B105KA8NNNC", (0.06, 0.025, 0.012)),
    2.2e-6: ("GRM188R61E225KA12D", 25, "0603", "Samsung CL10A225KA8NNNC", (0.08, 0.03, 0.015)),
    10e-6: ("GRM21BR61E106KA73L", 25, "0805", "Samsung CL21A106KAYNNNE", (0.14, 0.07, 0.035)),
    22e-6: ("GRM21BR61A226ME44L", 10, "0805", "Samsung CL21A226MPQNNNE", (0.18, 0.09, 0.05)),
    100e-6: ("GRM31CR60J107ME39L", 6.3, "1206", "Samsung CL31A107MQHNNNE", (0.45, 0.26, 0.16)),
}
_HIGH_VOLTAGE = {
    10e-6: ("GRM32ER71H106KA12L", 50, "1210", "Samsung CL32B106KBJNNNE", (0.55, 0.30, 0.18)),
}
_METRIC = {"0603": "1608", "0805": "2012", "1206": "3216", "1210": "3225"}


def capacitor(farad: float, volts: float = 0.0) -> PartType:
    """Ceramic; `volts`: what it must be rated for."""
    for table in (_CAPACITORS, _HIGH_VOLTAGE):
        for value, (mpn, rated, size, alternate, prices) in table.items():
            if math.isclose(value, farad) and rated >= volts:
                return PartType(
                    name=f"{engineering(farad, 'F')} {rated:g} V",
                    prefix="C",
                    kind="capacitor",
                    maker="Murata",
                    mpn=mpn,
                    footprint=f"Capacitor_SMD:C_{size}_{_METRIC[size]}Metric",
                    datasheet="Murata GRM series",
                    pins=contacts("1", "2"),
                    prices=prices,
                    description=f"ceramic, {size}",
                    alternates=(alternate,),
                    value=farad,
                )
    raise LookupError(f"no capacitor of {engineering(farad, 'F')} for {volts:g} V in the catalogue")


_COILS = {
    6.8e-6: ("SRN6045TA-6R8Y", 3.8, "Würth 74404063068"),
    10e-6: ("SRN6045TA-100M", 3.2, "Würth 74404063100"),
    22e-6: ("SRN6045TA-220M", 2.1, "Würth 74404063220"),
}


def coil(henry: float) -> PartType:
    """A semi-shielded power inductor, 6 × 6 mm; its description gives the saturation current."""
    mpn, saturation, alternate = _COILS[henry]
    return PartType(
        name=engineering(henry, "H"),
        prefix="L",
        kind="inductor",
        maker="Bourns",
        mpn=mpn,
        footprint="Inductor_SMD:L_Bourns_SRN6045TA",
        datasheet="Bourns SRN6045TA series",
        pins=contacts("1", "2"),
        prices=(0.45, 0.31, 0.21),
        description=f"6 × 6 mm, saturates at {saturation:g} A",
        alternates=(alternate,),
        value=henry,
    )


SMALL_COIL = PartType(
    name="2.2 µH",
    prefix="L",
    kind="inductor",
    maker="Murata",
    mpn="DFE201612E-2R2M=P2",
    footprint="Inductor_SMD:L_0805_2012Metric",
    datasheet="Murata DFE201612E series",
    pins=contacts("1", "2"),
    prices=(0.28, 0.17, 0.10),
    description="2.0 × 1.6 mm, saturates at 2.4 A",
    alternates=("TDK TFM201610ALM-2R2MTAA",),
    value=2.2e-6,
)


def engineering(value: float, unit: str) -> str:
    """4700 Ω as "4.7 kΩ"."""
    for factor, letter in ((1e6, "M"), (1e3, "k"), (1, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"), (1e-12, "p")):
        if value >= factor * 0.9999:
            return f"{round(value / factor, 3):g} {letter}{unit}"
    raise ValueError(f"{value} {unit} is too small")


def _yageo(ohm: float) -> str:
    """The value as Yageo writes it: 10R, 5K1, 1M07."""
    for factor, letter in ((1e6, "M"), (1e3, "K"), (1, "R")):
        if ohm >= factor:
            whole, _, rest = f"{round(ohm / factor, 3):g}".partition(".")
            return whole + letter + rest
    return "0R"


def _digits(ohm: float) -> str:
    """Three digits and a power of ten: 1002 is 10 kΩ."""
    power = max(0, math.floor(math.log10(ohm)) - 2) if ohm else 0
    return f"{round(ohm / 10**power):03d}{power}"
