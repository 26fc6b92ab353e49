"""The radio modules: Espressif's, with a chip's GPIO at each pin, and the LoRa module."""

from hardware.parts.part import Flow, PartType, Pin, Supply, pins

GUIDE = "module data sheet, peripheral schematics: 10 µF and 100 nF at 3V3; EN with 10 kΩ and 1 µF"
NEEDS = {"3V3": (100e-9, 10e-6)}


def _io(text: str) -> tuple[Pin, ...]:
    """Bidirectional pins from "4=IO4 …"."""
    return pins(Flow.BOTH, text)


S3_WROOM = PartType(
    name="ESP32-S3-WROOM-1-N8R2",
    prefix="U",
    kind="module",
    maker="Espressif",
    mpn="ESP32-S3-WROOM-1-N8R2",
    footprint="RF_Module:ESP32-S3-WROOM-1",
    datasheet="ESP32-S3-WROOM-1 data sheet v1.4",
    pins=(
        *pins(Flow.SUPPLY, "1=GND 2=3V3 40=GND 41=GND"),
        *pins(Flow.IN, "3=EN"),
        *_io("4=IO4 5=IO5 6=IO6 7=IO7 8=IO15 9=IO16 10=IO17 11=IO18 12=IO8 13=IO19 14=IO20 15=IO3 16=IO46 17=IO9"),
        *_io("18=IO10 19=IO11 20=IO12 21=IO13 22=IO14 23=IO21 24=IO47 25=IO48 26=IO45 27=IO0 28=IO35 29=IO36 30=IO37"),
        *_io("31=IO38 32=IO39 33=IO40 34=IO41 35=IO42 36=IO44 37=IO43 38=IO2 39=IO1"),
    ),
    prices=(4.20, 3.60, 3.10),
    description="Wi-Fi module, 8 MB flash, 2 MB PSRAM, antenna on the board",
    alternates=("Espressif ESP32-S3-WROOM-1-N16R2", "Espressif ESP32-S3-WROOM-1-N4R2"),
    supplies={"3V3": Supply(3.0, 3.6, 340.0, pulsed=True)},
    io="3V3",
    decouple=NEEDS,
    chip="ESP32-S3",
)

C3_WROOM = PartType(
    name="ESP32-C3-WROOM-02-N4",
    prefix="U",
    kind="module",
    maker="Espressif",
    mpn="ESP32-C3-WROOM-02-N4",
    footprint="RF_Module:ESP-WROOM-02",
    datasheet="ESP32-C3-WROOM-02 data sheet v1.7",
    pins=(
        *pins(Flow.SUPPLY, "1=3V3 9=GND 19=GND"),
        *pins(Flow.IN, "2=EN"),
        *_io("3=IO4 4=IO5 5=IO6 6=IO7 7=IO8 8=IO9 10=IO10 11=IO20 12=IO21 13=IO18 14=IO19 15=IO3 16=IO2 17=IO1 18=IO0"),
    ),
    prices=(2.60, 2.20, 1.85),
    description="Wi-Fi module, 4 MB flash, antenna on the board",
    alternates=("Espressif ESP32-C3-WROOM-02-H4",),
    supplies={"3V3": Supply(3.0, 3.6, 335.0, pulsed=True)},
    io="3V3",
    decouple=NEEDS,
    chip="ESP32-C3",
)

C6_WROOM = PartType(
    name="ESP32-C6-WROOM-1-N4",
    prefix="U",
    kind="module",
    maker="Espressif",
    mpn="ESP32-C6-WROOM-1-N4",
    footprint="civicroot:ESP32-C6-WROOM-1",
    datasheet="ESP32-C6-WROOM-1 data sheet v1.3",
    pins=(
        *pins(Flow.SUPPLY, "1=GND 2=3V3 28=GND 29=GND"),
        *pins(Flow.IN, "3=EN"),
        *_io("4=IO4 5=IO5 6=IO6 7=IO7 8=IO0 9=IO1 10=IO8 11=IO10 12=IO11 13=IO12 14=IO13 15=IO9 16=IO18 17=IO19"),
        *_io("18=IO20 19=IO21 20=IO22 21=IO23 23=IO15 24=IO17 25=IO16 26=IO3 27=IO2"),
        *pins(Flow.FREE, "22=NC"),
    ),
    prices=(3.10, 2.65, 2.25),
    description="Wi-Fi module, 4 MB flash, antenna on the board",
    alternates=("Espressif ESP32-C6-WROOM-1-N8",),
    supplies={"3V3": Supply(3.0, 3.6, 382.0, pulsed=True)},
    io="3V3",
    decouple=NEEDS,
    chip="ESP32-C6",
)

LORA = PartType(
    name="Ra-01SH",
    prefix="U",
    kind="radio",
    maker="Ai-Thinker",
    mpn="Ra-01SH",
    footprint="RF_Module:Ai-Thinker-Ra-01-LoRa",
    datasheet="Ai-Thinker Ra-01SH specification v1.1; SX1261/2 data sheet (DS.SX1261-2.W.APP)",
    pins=(
        *pins(Flow.PASSIVE, "1=ANT"),
        *pins(Flow.SUPPLY, "2=GND 3=VCC 9=GND 16=GND"),
        *pins(Flow.IN, "4=RESET 12=SCK 14=MOSI 15=NSS"),
        *pins(Flow.PASSIVE, "5=TXEN 11=RXEN"),
        *pins(Flow.OUT, "6=DIO1 7=DIO2 8=DIO3 10=BUSY 13=MISO"),
    ),
    prices=(4.60, 3.90, 3.40),
    description="SX1262 module, 803 to 930 MHz; DIO2 switches the antenna in the module",
    alternates=("Heltec HT-RA62 (same pads, with a TCXO on DIO3: set tcxo to 2)",),
    supplies={"VCC": Supply(2.7, 3.6, 140.0, pulsed=True)},
    io="VCC",
    driver="sx1262",
    lines={"sck": "SCK", "mosi": "MOSI", "miso": "MISO", "cs": "NSS", "busy": "BUSY", "reset": "RESET"},
    decouple={"VCC": (100e-9, 10e-6)},
)
