"""What stands between the street and the board: surge and ESD arresters, fuses."""

from hardware.parts.part import Flow, PartType, contacts, pins


def arrester(stand_off: float, clamp: float, price: float) -> PartType:
    """An SMBJ of 600 W: no current below `stand_off`, `clamp` volts at its rated surge; its cathode is on the line."""
    name = f"SMBJ{stand_off:g}A"
    return PartType(
        name=name,
        prefix="D",
        kind="surge",
        maker="Littelfuse",
        mpn=name,
        footprint="Diode_SMD:D_SMB",
        datasheet="SMBJ series data sheet (Littelfuse)",
        pins=contacts("K", "A"),
        prices=(price, round(price * 0.6, 3), round(price * 0.35, 3)),
        description=f"surge arrester, 600 W, clamps at {clamp:g} V",
        alternates=(f"Bourns {name}",),
        value=stand_off,
    )


CLAMPS = {18.0: 29.2, 24.0: 38.9, 5.0: 9.2}  # volts, at the rated surge of 600 W (10/1000 µs)
SURGE_12 = arrester(18.0, CLAMPS[18.0], 0.42)
SURGE_PANEL = arrester(24.0, CLAMPS[24.0], 0.42)
SURGE_5 = arrester(5.0, CLAMPS[5.0], 0.40)

ESD_PAIR = PartType(
    name="PESD5V0S2BT",
    prefix="D",
    kind="esd",
    maker="Nexperia",
    mpn="PESD5V0S2BT,215",
    footprint="Package_TO_SOT_SMD:SOT-23",
    datasheet="PESD5V0S2BT data sheet (Nexperia, Rev. 3)",
    pins=contacts("1", "2", "GND"),
    prices=(0.34, 0.20, 0.12),
    description="two lines, ±30 kV (IEC 61000-4-2), 5 V stand-off, 35 pF",
    alternates=("Littelfuse SP0502BAHTG", "onsemi SM05T1G"),
    value=5.0,
)
ESD_USB = PartType(
    name="USBLC6-2SC6",
    prefix="D",
    kind="esd",
    maker="STMicroelectronics",
    mpn="USBLC6-2SC6",
    footprint="Package_TO_SOT_SMD:SOT-23-6",
    datasheet="USBLC6-2 data sheet (DocID11265)",
    pins=pins(Flow.PASSIVE, "1=IO1 2=GND 3=IO2 4=IO2 5=VBUS 6=IO1"),
    prices=(0.42, 0.28, 0.17),
    description="USB lines and VBUS, ±15 kV (IEC 61000-4-2)",
    alternates=("Nexperia PRTR5V0U2X (other pins)", "Littelfuse SP0503BAHTG (other pins)"),
    value=5.0,
)


def fuse(ampere: float, mpn: str) -> PartType:
    """1206, slow."""
    return PartType(
        name=f"{ampere:g} A",
        prefix="F",
        kind="fuse",
        maker="Littelfuse",
        mpn=mpn,
        footprint="Fuse:Fuse_1206_3216Metric",
        datasheet="Littelfuse 468 series",
        pins=contacts("1", "2"),
        prices=(0.45, 0.30, 0.20),
        description=f"slow fuse, {ampere:g} A, 63 V",
        alternates=(f"Bourns SF-1206S{round(ampere * 100):03d}-2",),
        value=ampere,
        links=(("1", "2"),),
    )


FUSE_3A = fuse(3.0, "0468003.NR")
FUSE_1A = fuse(1.0, "0468001.NR")
