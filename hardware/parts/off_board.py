"""What hangs at a cable or stands beside the board: sensor modules, panel, battery, scanner."""

from collections.abc import Mapping

from hardware.parts.part import Address, Flow, PartType, Pin, Supply, contacts, pins


def _off(
    name: str,
    maker: str,
    mpn: str,
    datasheet: str,
    contact_list: tuple[Pin, ...],
    price: float,
    what: str,
    *alternates: str,
    driver: str = "",
    lines: Mapping[str, str] | None = None,
    supplies: Mapping[str, Supply] | None = None,
    io: str = "",
    io_volts: float = 0.0,
    input_high: float = 0.0,
    address: Address | None = None,
) -> PartType:
    """A part without a footprint."""
    return PartType(
        name=name,
        prefix="X",
        kind="off-board",
        maker=maker,
        mpn=mpn,
        footprint="civicroot:off_board",
        datasheet=datasheet,
        pins=contact_list,
        prices=(price, round(price * 0.9, 2), round(price * 0.8, 2)),
        description=what,
        alternates=alternates,
        supplies=supplies or {},
        io=io,
        io_volts=io_volts,
        input_high=input_high,
        driver=driver,
        lines=lines or {},
        address=address,
    )


_I2C = {"bus.scl": "SCL", "bus.sda": "SDA"}
TIME_OF_FLIGHT = _off(
    "VL53L1X", "Pololu", "3415", "VL53L1X data sheet (DocID031281); Pololu 3415",
    (*pins(Flow.SUPPLY, "1=VIN 2=GND"), *pins(Flow.BOTH, "3=SDA"), *pins(Flow.IN, "4=SCL")),
    14.95, "time-of-flight sensor behind a window in the lid, looking down", "Adafruit 3967", "SparkFun SEN-14722",
    driver="vl53l1x", lines=_I2C, supplies={"VIN": Supply(2.6, 5.5, 20.0)}, io="VIN", address=Address(0x29),
)  # fmt: skip
ULTRASONIC = _off(
    "A02YYUW", "DFRobot", "SEN0311", "A02YYUW data sheet (SEN0311)",
    (*pins(Flow.SUPPLY, "1=VCC 2=GND"), *pins(Flow.IN, "3=RX"), *pins(Flow.OUT, "4=TX")),
    15.90, "waterproof ultrasonic sensor, 30 mm to 4.5 m", "DYP-A02YYUW-V2.0 (its maker's own number)",
    driver="a02yyuw", lines={"bus.tx": "RX", "bus.rx": "TX"}, supplies={"VCC": Supply(3.3, 5.1, 15.0)}, io="VCC",
    input_high=2.0,
)  # fmt: skip
LOAD_CELLS = _off(
    "four load cells", "Zemic", "L6D-C3-50kg (4)", "Zemic L6D; bridge of 1 kΩ with a junction box",
    contacts("E+", "E-", "S+", "S-"), 96.0, "50 kg each under the bin's corners, joined to one bridge of 1 kΩ",
    "SparkFun SEN-10245 (4) with SparkFun BOB-13878",
)  # fmt: skip
REED = _off(
    "reed contact", "Littelfuse", "59145-010 with magnet 57145-000", "Littelfuse 59145",
    contacts("1", "2"), 6.40, "closed while the lid is; its magnet is in the lid", "Standex MK04-1A66B-500W",
    driver="reed", lines={"bus.pin": "1"},
)  # fmt: skip
E_PAPER = _off(
    "e-paper 200 × 200", "Waveshare", "12561", "SSD1681 data sheet; GDEY0154D67 specification; Waveshare 1.54inch V2",
    (
        *pins(Flow.SUPPLY, "1=VCC 2=GND"),
        *pins(Flow.IN, "3=DIN 4=CLK 5=CS 6=DC 7=RST"),
        *pins(Flow.OUT, "8=BUSY"),
    ),
    13.50, "1.54 inch panel with its booster on the module", "Good Display GDEY0154D67 with DESPI-C02",
    driver="ssd1681",
    lines={"bus.sck": "CLK", "bus.mosi": "DIN", "bus.cs": "CS", "dc.pin": "DC", "reset.pin": "RST", "busy.pin": "BUSY"},
    supplies={"VCC": Supply(2.5, 3.7, 8.0)}, io="VCC",
)  # fmt: skip
RING = _off(
    "ring of 12 WS2812B", "Adafruit", "1643", "WS2812B data sheet (Worldsemi)",
    (*pins(Flow.SUPPLY, "1=VDD 2=GND"), *pins(Flow.IN, "3=DIN")),
    7.50, "lamp; the firmware holds it to 240 mA and 12 mA when dark", "Worldsemi WS2812B-2020 ring, 12 pixels",
    driver="ws2812", lines={"bus.pin": "DIN"}, supplies={"VDD": Supply(4.5, 5.5, 252.0)}, io="VDD",
)  # fmt: skip
SCANNER = _off(
    "GM861", "Hangzhou Grow", "GM861S", "GM861 user manual; GM65 data sheet (DFR0660)",
    (*pins(Flow.SUPPLY, "1=VCC 2=GND"), *pins(Flow.IN, "3=RX"), *pins(Flow.OUT, "4=TX")),
    28.0, "QR scanner; its serial lines are of 3.3 V", "Hangzhou Grow GM65S (same commands)",
    driver="gm861", lines={"bus.tx": "RX", "bus.rx": "TX"}, supplies={"VCC": Supply(4.2, 6.0, 160.0)}, io_volts=3.3,
)  # fmt: skip
SECURE_ELEMENT = _off(
    "SE050 module", "NXP", "OM-SE050ARD", "SE050 data sheet (Rev. 3.8); OM-SE050ARD user manual (UM11411)",
    (*pins(Flow.SUPPLY, "1=VCC 2=GND"), *pins(Flow.BOTH, "3=SDA"), *pins(Flow.IN, "4=SCL")),
    34.0, "secure element with Ed25519 at the I2C port; not fitted as delivered: the firmware signs by itself",
    supplies={"VCC": Supply(1.65, 3.6, 20.0)}, io="VCC", address=Address(0x48),
)  # fmt: skip
PANEL = _off(
    "solar panel 20 W", "Voltaic", "P126 (20 W, 18 V)", "panel's label: 18 V and 1.1 A at its best, 21.6 V open",
    contacts("+", "-"), 58.0, "36 cells, on the bin's roof", "any panel of 36 cells and 20 W",
)  # fmt: skip
BIN_BATTERY = _off(
    "12 V battery", "Victron", "BAT512050610 class: LiFePO4 12.8 V 40 Ah or AGM 12 V 65 Ah",
    "battery's own data sheet", contacts("+", "-"), 190.0,
    "the board file says its chemistry; the charger's divider fits LiFePO4 (14.2 V), see docs/hardware for AGM",
    "any LiFePO4 of four cells and 40 Ah with a protection circuit",
)  # fmt: skip
BATTERY_NTC = _off(
    "thermistor 10 kΩ", "Murata", "NXFT15XH103FA2B100", "Murata NXFT15 series",
    contacts("1", "2"), 1.60, "on the battery: it is charged between 0 and 40 °C only", "TDK B57861S0103F040",
)  # fmt: skip
SOIL_PROBE = _off(
    "capacitive soil probe", "DFRobot", "SEN0193", "SEN0193 data sheet",
    (*pins(Flow.SUPPLY, "1=VCC 2=GND"), *pins(Flow.OUT, "3=AOUT")),
    5.90, "edges and parts sealed with epoxy before it goes into soil", "SEN0308 (waterproof, DFRobot)",
    driver="soil_capacitive", lines={"bus.pin": "AOUT"},
    # By its sheet from 3.3 V; its timer runs on 3.0 V of a regulator of its own, which 3.2 V still feed.
    supplies={"VCC": Supply(3.2, 5.5, 5.0)},
)  # fmt: skip
DS18B20 = _off(
    "DS18B20 probe", "Analog Devices", "DS18B20+ in a steel sleeve, 1 m", "DS18B20 data sheet (19-7487)",
    (*pins(Flow.SUPPLY, "1=VDD 2=GND"), *pins(Flow.BOTH, "3=DQ")),
    9.95, "soil temperature", "UMW DS18B20 (same protocol)",
    driver="ds18b20", lines={"bus.pin": "DQ"}, supplies={"VDD": Supply(3.0, 5.5, 1.5)}, io="VDD",
)  # fmt: skip
SHT31 = _off(
    "SHT31 under a shield", "Sensirion", "SHT31-DIS-F on a module (Adafruit 2857)", "SHT3x-DIS data sheet (v7)",
    (*pins(Flow.SUPPLY, "1=VDD 2=GND"), *pins(Flow.BOTH, "3=SDA"), *pins(Flow.IN, "4=SCL")),
    13.95, "air temperature and humidity, with a membrane against water", "DFRobot SEN0334",
    driver="sht3x", lines=_I2C, supplies={"VDD": Supply(2.4, 5.5, 1.5)}, io="VDD", address=Address(0x44),
)  # fmt: skip
DENDROMETER = _off(
    "dendrometer 5 kΩ", "TT Electronics", "404R5KL1.0 (25 mm)", "TT Electronics 404 series",
    contacts("E", "W", "GND"), 42.0, "linear potentiometer between two ends of the strap", "Bourns 3046L-3-502",
)  # fmt: skip
AERIAL = _off(
    "aerial 868/923 MHz", "Molex", "2117971100", "Molex 211797 series", contacts("ANT", "GND"),
    3.90, "flexible, stuck to the lid, with a U.FL lead", "Taoglas FXP290.07.0100A",
)  # fmt: skip
PI = _off(
    "Raspberry Pi 4B, 2 GB", "Raspberry Pi", "SC0193", "Raspberry Pi 4 Model B data sheet (2024)",
    (
        *pins(Flow.SUPPLY, "1=5V 2=GND"),
        *pins(Flow.SOURCE, "3=3V3"),
        *pins(Flow.BOTH, "4=SDA 5=SCL"),
        *pins(Flow.IN, "6=GPIO17 7=GPIO22"),
        *pins(Flow.OUT, "8=GPIO27"),
    ),
    52.0, "the gateway's computer; 64-bit system on an industrial card", "Raspberry Pi 5, 2 GB (SC1110)",
    supplies={"5V": Supply(4.75, 5.25, 1500.0)}, io="3V3",
)  # fmt: skip
SPLITTER = _off(
    "PoE splitter 12 V", "Tycon Power", "POE-MSPLT-4812AC", "IEEE 802.3af/at, class 4; isolated, 12 V 2 A",
    contacts("+", "-"), 26.0, "or 12 V 2 A from a mains adapter outside the box: no unit has mains parts",
    "PLANET POE-162S",
)  # fmt: skip
