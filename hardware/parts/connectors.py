"""Connectors, buttons, test points and what else people touch."""

from hardware.parts.part import Flow, PartType, contacts, pins

MAX_XH = 8


def cable(*names: str) -> PartType:
    """A JST XH header, upright, through the board: one that a crew plugs with gloves. `names` of its contacts."""
    count = len(names)
    if not 2 <= count <= MAX_XH:
        raise ValueError(f"no XH header of {count} contacts in the catalogue")
    return PartType(
        name=f"XH {count}",
        prefix="J",
        kind="connector",
        maker="JST",
        mpn=f"B{count}B-XH-A",
        footprint=f"Connector_JST:JST_XH_B{count}B-XH-A_1x{count:02d}_P2.50mm_Vertical",
        datasheet="JST XH series (eXH)",
        pins=contacts(*names),
        prices=(0.12 + 0.03 * count, 0.08 + 0.02 * count, 0.05 + 0.012 * count),
        description=f"{count} contacts, 2.5 mm; the cable has XHP-{count} with SXH-001T-P0.6",
        alternates=(f"Adam Tech LHA-{count:02d}-TS",),
    )


SCREW = PartType(
    name="MKDS 1,5/2",
    prefix="J",
    kind="connector",
    maker="Phoenix Contact",
    mpn="1715721",
    footprint="TerminalBlock_Phoenix:TerminalBlock_Phoenix_MKDS-1,5-2-5.08_1x02_P5.08mm_Horizontal",
    datasheet="Phoenix Contact 1715721",
    pins=contacts("+", "-"),
    prices=(1.10, 0.85, 0.65),
    description="screw terminal for 1.5 mm²",
    alternates=("Würth 691213510002",),
)
USB_C = PartType(
    name="USB-C",
    prefix="J",
    kind="connector",
    maker="GCT",
    mpn="USB4105-GF-A",
    footprint="Connector_USB:USB_C_Receptacle_GCT_USB4105-xx-A_16P_TopMnt_Horizontal",
    datasheet="GCT USB4105",
    pins=(
        *pins(Flow.PASSIVE, "A1=GND A12=GND B1=GND B12=GND A4=VBUS A9=VBUS B4=VBUS B9=VBUS A5=CC1 B5=CC2"),
        *pins(Flow.PASSIVE, "A6=DP B6=DP A7=DN B7=DN S1=SHIELD"),
        *pins(Flow.FREE, "A8=SBU1 B8=SBU2"),
    ),
    prices=(0.85, 0.62, 0.45),
    description="for provisioning and repair; it does not supply the board",
    alternates=("HRO TYPE-C-31-M-12 (other pads)", "Amphenol 10155435-00011LF (other pads)"),
)
COAX = PartType(
    name="U.FL",
    prefix="J",
    kind="coax",
    maker="Hirose",
    mpn="U.FL-R-SMT-1(10)",
    footprint="Connector_Coaxial:U.FL_Hirose_U.FL-R-SMT-1_Vertical",
    datasheet="Hirose U.FL series",
    pins=contacts("ANT", "GND"),
    prices=(0.70, 0.48, 0.33),
    description="aerial inside the box",
    alternates=("Molex 73412-0110 (other pads)",),
)
PI_HEADER = PartType(
    name="2 × 20 socket",
    prefix="J",
    kind="header",
    maker="Samtec",
    mpn="ESQ-120-44-G-D",
    footprint="Connector_PinHeader_2.54mm:PinHeader_2x20_P2.54mm_Vertical",
    datasheet="Raspberry Pi 4 Model B data sheet, GPIO header",
    pins=(
        *pins(Flow.PASSIVE, "1=3V3 17=3V3 2=5V 4=5V"),
        *pins(Flow.PASSIVE, "6=GND 9=GND 14=GND 20=GND 25=GND 30=GND 34=GND 39=GND"),
        *pins(
            Flow.PASSIVE, "3=GPIO2 5=GPIO3 7=GPIO4 8=GPIO14 10=GPIO15 11=GPIO17 12=GPIO18 13=GPIO27 15=GPIO22 16=GPIO23"
        ),
        *pins(
            Flow.PASSIVE,
            "18=GPIO24 19=GPIO10 21=GPIO9 22=GPIO25 23=GPIO11 24=GPIO8 26=GPIO7 27=GPIO0 28=GPIO1 29=GPIO5",
        ),
        *pins(Flow.PASSIVE, "31=GPIO6 32=GPIO12 33=GPIO13 35=GPIO19 36=GPIO16 37=GPIO26 38=GPIO20 40=GPIO21"),
    ),
    prices=(5.20, 4.40, 3.70),
    description="elevated socket, soldered from below: the carrier clears the USB sockets of the Raspberry Pi",
    alternates=("Adafruit 2223",),
)
BUTTON = PartType(
    name="PTS645",
    prefix="SW",
    kind="button",
    maker="C&K",
    mpn="PTS645SM43SMTR92 LFS",
    footprint="Button_Switch_SMD:SW_SPST_PTS645",
    datasheet="C&K PTS645 series",
    pins=contacts("1", "2"),
    prices=(0.28, 0.19, 0.13),
    description="6 × 6 mm button",
    alternates=("Würth 434133050816",),
)
TEST_POINT = PartType(
    name="test point",
    prefix="TP",
    kind="test point",
    maker="(the board)",
    mpn="none",
    footprint="TestPoint:TestPoint_Pad_D1.5mm",
    datasheet="none",
    pins=contacts("1"),
    prices=(0.0, 0.0, 0.0),
    description="a pad for the needle of the factory's test",
    alternates=("none needed",),
)
JUMPER = PartType(
    name="solder jumper",
    prefix="JP",
    kind="jumper",
    maker="(the board)",
    mpn="none",
    footprint="Jumper:SolderJumper-2_P1.3mm_Open_TrianglePad1.0x1.5mm",
    datasheet="none",
    pins=contacts("1", "2"),
    prices=(0.0, 0.0, 0.0),
    description="open as delivered",
    alternates=("none needed",),
)
CELL_HOLDER = PartType(
    name="2 × AA",
    prefix="BT",
    kind="battery",
    maker="Keystone",
    mpn="2462",
    footprint="Battery:BatteryHolder_Keystone_2462_2xAA",
    datasheet="Keystone 2462",
    pins=contacts("+", "-"),
    prices=(2.30, 1.90, 1.50),
    description="holder of two AA cells; two Energizer L91 are ordered with it",
    alternates=("MPD BC2AAPC (other footprint)",),
)
COIN_HOLDER = PartType(
    name="CR1220",
    prefix="BT",
    kind="battery",
    maker="Keystone",
    mpn="3000",
    footprint="Battery:BatteryHolder_Keystone_3000_1x12mm",
    datasheet="Keystone 3000",
    pins=contacts("+", "-"),
    prices=(0.90, 0.70, 0.55),
    description="holder of a CR1220 for the clock",
    alternates=("Linx BAT-HLD-012-SMT",),
)
CRYSTAL = PartType(
    name="32.768 kHz",
    prefix="Y",
    kind="crystal",
    maker="Epson",
    mpn="FC-135 32.7680KA-A5",
    footprint="Crystal:Crystal_SMD_3215-2Pin_3.2x1.5mm",
    datasheet="Epson FC-135",
    pins=contacts("1", "2"),
    prices=(0.55, 0.40, 0.28),
    description="12.5 pF; the load is in the PCF8523",
    alternates=("Abracon ABS07-32.768KHZ-T",),
)
SUPERCAP = PartType(
    name="25 F 2.7 V",
    prefix="C",
    kind="supercapacitor",
    maker="Eaton",
    mpn="HV1625-2R7256-R",
    footprint="Capacitor_THT:CP_Radial_D16.0mm_P7.50mm",
    datasheet="Eaton HV series (25 F: 30 mΩ, −40 to 65 °C; to 85 °C at 2.3 V)",
    pins=contacts("+", "-"),
    prices=(3.10, 2.45, 1.90),
    description="energy for a clean stop",
    alternates=("Kyocera AVX SCCS30E256PRB",),
    value=25.0,
)
