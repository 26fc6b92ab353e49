"""Converters, charger, switches and their semiconductors."""

from hardware.parts.part import Flow, PartType, Regulator, Supply, contacts, pins

BUCK = PartType(
    name="TPS62933",
    prefix="U",
    kind="regulator",
    maker="Texas Instruments",
    mpn="TPS62933DRLR",
    footprint="civicroot:SOT-583-8",
    datasheet="TPS62933 data sheet (SLUSEA4D)",
    pins=(
        *pins(Flow.PASSIVE, "1=RT 6=BST 7=SS"),
        *pins(Flow.IN, "2=EN 8=FB"),
        *pins(Flow.SUPPLY, "3=VIN 4=GND"),
        *pins(Flow.PASSIVE, "5=SW"),
    ),
    prices=(1.35, 0.95, 0.62),
    description="step-down converter, 3.8 to 30 V, 3 A, 12 µA at no load",
    alternates=("Texas Instruments TPS62932DRLR (2 A)",),
    decouple={"VIN": (100e-9, 10e-6)},
    regulator=Regulator(3.8, 30.0, 32.0, 3000.0, 0.88, 76.0, reference=0.8),
)
PI_BUCK = PartType(
    name="TPS54302",
    prefix="U",
    kind="regulator",
    maker="Texas Instruments",
    mpn="TPS54302DDCR",
    footprint="Package_TO_SOT_SMD:TSOT-23-6",
    datasheet="TPS54302 data sheet (SLVSDP3)",
    pins=(
        *pins(Flow.SUPPLY, "1=GND 3=VIN"),
        *pins(Flow.PASSIVE, "2=SW 6=BOOT"),
        *pins(Flow.IN, "4=FB 5=EN"),
    ),
    prices=(1.20, 0.85, 0.55),
    description="step-down converter, 4.5 to 28 V, 3 A",
    alternates=("Texas Instruments TPS54308DDCR",),
    decouple={"VIN": (100e-9, 10e-6)},
    regulator=Regulator(4.5, 28.0, 30.0, 3000.0, 0.92, 60.0, reference=0.596),
)
BUCK_BOOST = PartType(
    name="TPS63900",
    prefix="U",
    kind="regulator",
    maker="Texas Instruments",
    mpn="TPS63900DSKR",
    footprint="Package_SON:WSON-10-1EP_2.5x2.5mm_P0.5mm_EP1.2x2mm",
    datasheet="TPS63900 data sheet (SLVSET3D)",
    pins=(
        *pins(Flow.IN, "1=EN 2=SEL 3=CFG1 4=CFG2 5=CFG3"),
        *pins(Flow.SOURCE, "6=VOUT"),
        *pins(Flow.PASSIVE, "7=LX2 9=LX1"),
        *pins(Flow.SUPPLY, "8=GND 10=VIN 11=GND"),
    ),
    prices=(2.60, 2.00, 1.45),
    description="buck-boost converter, 1.8 to 5.5 V, 75 nA at no load, 400 mA",
    decouple={"VIN": (10e-6,), "VOUT": (22e-6,)},
    regulator=Regulator(1.8, 5.5, 5.9, 400.0, 0.90, 64.0, own_share=0.8, steps_up=True),
)
CHARGER = PartType(
    name="LT3652EMSE",
    prefix="U",
    kind="charger",
    maker="Analog Devices",
    mpn="LT3652EMSE#PBF",
    footprint="Package_SO:MSOP-12-1EP_3x4mm_P0.65mm_EP1.65x2.85mm",
    datasheet="LT3652 data sheet (3652fe)",
    pins=(
        *pins(Flow.SUPPLY, "1=VIN 13=GND"),
        *pins(Flow.IN, "2=VIN_REG 3=SHDN 7=VFB 8=NTC 10=SENSE"),
        *pins(Flow.OPEN, "4=CHRG 5=FAULT"),
        *pins(Flow.PASSIVE, "6=TIMER 9=BAT 11=BOOST 12=SW"),
    ),
    prices=(7.80, 6.20, 4.90),
    description="2 A solar charger that holds the panel at its best voltage; float voltage by a divider",
    decouple={"VIN": (10e-6,)},
    regulator=Regulator(4.95, 32.0, 40.0, 2000.0, 0.87, 43.0, reference=3.3, own_share=0.5),
)
LOAD_SWITCH = PartType(
    name="TPS22917",
    prefix="U",
    kind="switch",
    maker="Texas Instruments",
    mpn="TPS22917DBVR",
    footprint="Package_TO_SOT_SMD:SOT-23-6",
    datasheet="TPS22917 data sheet (SLVSDW8)",
    pins=(
        *pins(Flow.SUPPLY, "1=VIN 2=GND"),
        *pins(Flow.IN, "3=ON"),
        *pins(Flow.PASSIVE, "4=CT 5=QOD"),
        *pins(Flow.SOURCE, "6=VOUT"),
    ),
    prices=(0.62, 0.42, 0.27),
    description="load switch, 1 to 5.5 V, 2 A, 80 mΩ, slow start by a capacitor, 0.5 µA",
    alternates=("Texas Instruments TPS22918DBVR (same pins; 2 A)",),
    supplies={"VIN": Supply(1.0, 5.5, 0.0)},
    io="VIN",
    input_high=1.0,
    tolerant=5.5,
    decouple={"VIN": (1e-6,)},
)
P_FET = PartType(
    name="DMP4015SK3",
    prefix="Q",
    kind="fet",
    maker="Diodes Incorporated",
    mpn="DMP4015SK3Q-13",
    footprint="Package_TO_SOT_SMD:TO-252-2",
    datasheet="DMP4015SK3Q data sheet (DS36681)",
    pins=(*pins(Flow.PASSIVE, "1=G 2=D 3=S"),),
    prices=(1.10, 0.72, 0.45),
    description="P-channel, −40 V, 11 mΩ: the battery reversed",
    alternates=("onsemi NVD5117PLT4G",),
    value=40.0,
)
SMALL_P_FET = PartType(
    name="DMG2305UX",
    prefix="Q",
    kind="fet",
    maker="Diodes Incorporated",
    mpn="DMG2305UX-7",
    footprint="Package_TO_SOT_SMD:SOT-23",
    datasheet="DMG2305UX data sheet (DS36196)",
    pins=(*pins(Flow.PASSIVE, "1=G 2=S 3=D"),),
    prices=(0.30, 0.16, 0.08),
    description="P-channel, −20 V, on from 0.9 V: the cells reversed",
    alternates=("Vishay SI2305CDS-T1-GE3",),
    value=20.0,
)

N_FET = PartType(
    name="BSS138",
    prefix="Q",
    kind="small fet",
    maker="onsemi",
    mpn="BSS138",
    footprint="Package_TO_SOT_SMD:SOT-23",
    datasheet="BSS138 data sheet (onsemi)",
    pins=(*pins(Flow.PASSIVE, "1=G 2=S 3=D"),),
    prices=(0.24, 0.11, 0.05),
    description="N-channel, 50 V, on from 1.5 V at most",
    alternates=("Diodes Incorporated BSS138-7-F", "Nexperia BSS138P,215"),
    value=50.0,
)


def diode(name: str, maker: str, footprint: str, price: float, what: str, alternate: str, volts: float) -> PartType:
    """A two-pin diode, cathode first as in KiCad's footprints. `volts`: reverse, Zener or stand-off voltage."""
    return PartType(
        name=name,
        prefix="D",
        kind="diode",
        maker=maker,
        mpn=name,
        footprint=footprint,
        datasheet=f"{name} data sheet ({maker})",
        pins=contacts("K", "A"),
        prices=(price, round(price * 0.6, 3), round(price * 0.35, 3)),
        description=what,
        alternates=(alternate,),
        value=volts,
    )


SCHOTTKY = diode("SS34", "onsemi", "Diode_SMD:D_SMA", 0.38, "Schottky, 40 V, 3 A", "Vishay SS34-E3/61T", 40.0)
SCHOTTKY_5A = diode("SS54", "onsemi", "Diode_SMD:D_SMB", 0.45, "Schottky, 40 V, 5 A", "MCC SS54B-LTP", 40.0)
SIGNAL = diode(
    "1N4148W-7-F", "Diodes Incorporated", "Diode_SMD:D_SOD-123", 0.15, "100 V", "Vishay 1N4148W-E3-08", 100.0
)
ZENER_7V5 = diode(
    "BZT52C7V5-7-F", "Diodes Incorporated", "Diode_SMD:D_SOD-123", 0.18, "Zener", "Vishay BZT52C7V5-E3-08", 7.5
)
ZENER_12 = diode(
    "BZT52C12-7-F", "Diodes Incorporated", "Diode_SMD:D_SOD-123", 0.18, "Zener", "Vishay BZT52C12-E3-08", 12.0
)
LED = diode("LTST-C191KGKT", "Lite-On", "LED_SMD:LED_0603_1608Metric", 0.25, "green", "Würth 150060VS75000", 5.0)
SUPERVISOR = PartType(
    name="TPS3808G01",
    prefix="U",
    kind="supervisor",
    maker="Texas Instruments",
    mpn="TPS3808G01DBVR",
    footprint="Package_TO_SOT_SMD:SOT-23-6",
    datasheet="TPS3808 data sheet (SBVS050)",
    pins=(
        *pins(Flow.OPEN, "1=RESET"),
        *pins(Flow.SUPPLY, "2=GND 6=VDD"),
        *pins(Flow.IN, "3=MR 5=SENSE"),
        *pins(Flow.PASSIVE, "4=CT"),
    ),
    prices=(1.40, 1.05, 0.75),
    description="supervisor, 0.405 V threshold, 20 ms with CT open",
    alternates=("onsemi NCP308SNADJT1G",),
    supplies={"VDD": Supply(1.7, 6.5, 0.1)},
    io="VDD",
    decouple={"VDD": (100e-9,)},
)
WATCHDOG = PartType(
    name="TPL5010",
    prefix="U",
    kind="watchdog",
    maker="Texas Instruments",
    mpn="TPL5010DDCR",
    footprint="Package_TO_SOT_SMD:TSOT-23-6",
    datasheet="TPL5010 data sheet (SNAS651)",
    pins=(
        *pins(Flow.SUPPLY, "1=VDD 2=GND"),
        *pins(Flow.PASSIVE, "3=DELAY"),
        *pins(Flow.IN, "4=DONE"),
        *pins(Flow.OUT, "5=WAKE"),
        *pins(Flow.OPEN, "6=RST"),
    ),
    prices=(1.30, 0.95, 0.62),
    description="timer with watchdog, its interval by a resistor",
    supplies={"VDD": Supply(1.8, 5.5, 0.1)},
    io="VDD",
    decouple={"VDD": (100e-9,)},
)
