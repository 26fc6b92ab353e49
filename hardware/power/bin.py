"""The smart bin: an ESP32-S3 whose Wi-Fi stays connected in modem sleep, on a battery that the sun has left alone."""

from hardware.power import firmware as fw
from hardware.power.battery import Battery, Unit
from hardware.power.cells import BIN_BATTERIES, BUCK
from hardware.power.phase import DAY_S, Figure, Mark, Phase, always, assumed, datasheet, firmware
from hardware.power.scale import BIN_SHARE, S3, S3_WHY

TARGET_DAYS = 30
DEPOSITS = 50  # a day, as the outbox is made for
INTERVAL_S = 600.0  # a heartbeat every ten minutes
KIND, BOARD = "bin", "smart_bin"
LOGIC, FIVE = 3.3, 5.0  # rails, both behind the same kind of regulator
LID_OPEN_S = 10.0  # of a deposit
CLAIMED_S = 45.0  # half of the offer: some claim at once, some never
MESSAGES = 8  # TLS records up and down for a report, and for a deposit: record, opening, answers, notice

S3_SHEET = "ESP32-S3 data sheet (v1.9), "
# Two thirds of the bin's chip wait for beacons. By "deep" the radio passes some over; the processor's share stays.
MODEM = {
    "none": datasheet(88.0 + 28.0, S3_SHEET + "receiving all the time, and modem-sleep at 240 MHz"),
    "light": datasheet(40.1, "ESP-IDF programming guide, low-power modes with Wi-Fi, ESP32-S3: modem-sleep, DTIM 1"),
    "deep": datasheet(38.2, "ESP-IDF programming guide, low-power modes with Wi-Fi, ESP32-S3: modem-sleep, DTIM 10"),
}
BUSY = datasheet(25.0, S3_SHEET + "modem-sleep, 240 MHz: a core that runs, over one that waits, rounded up")
SENDING = datasheet(340.0, S3_SHEET + "RF current, 802.11b 1 Mbit/s at 21 dBm")
SENSORS = {  # (rail, while it measures, between)
    "vl53l1x": (
        LOGIC,
        datasheet(18.0, "VL53L1X data sheet (DocID031281), current consumption, ranging"),
        datasheet(0.006, "the same, software standby"),
    ),
    "a02yyuw": (FIVE, datasheet(0.0, "it measures all the time"), datasheet(8.0, "A02YYUW (SEN0311) data sheet, mean")),
    "hx711": (
        LOGIC,
        datasheet(1.5 + 3.3, "HX711 data sheet, table 2: 1.5 mA; a bridge of 1 kΩ at 3.3 V"),
        datasheet(0.001, "HX711 data sheet, power-down"),
    ),
    "reed": (LOGIC, datasheet(0.0, "see between"), datasheet(0.073, "3.3 V over the chip's pull-up of 45 kΩ")),
    "lis3dh": (
        LOGIC,
        datasheet(0.0, "see between"),
        datasheet(0.073, "LIS3DH data sheet, table 11: 400 Hz, for knocks"),
    ),
    "battery": (LOGIC, datasheet(0.0, "see between"), datasheet(0.0, "see its divider")),
}
PIXEL = datasheet(1.0, "WS2812B data sheets: about 1 mA when dark (lamp/colours.py counts the same)")
PANEL = datasheet(8.0, "1.54-inch SSD1681 modules: 26.4 mW while refreshing at 3.3 V")
REFRESH = datasheet(3.0, "SSD1681 modules: 2 to 3 s at 25 °C, full refresh")
PANEL_ASLEEP = datasheet(0.001, "SSD1681 data sheet, deep sleep")
SCANNER = datasheet(160.0, "GM65 data sheet (DFR0660), operating current; the GM861 is of its family")
SCANNER_ASLEEP = datasheet(3.0, "GM65 data sheet (DFR0660), sleep current")
FRAME = assumed(0.004, "a frame of 1.5 kB at 6 Mbit/s, its confirmation, and one repetition")


def smart_bin(chemistry: str | None = None) -> Unit:
    """On the battery of the board file's chemistry, or another."""
    battery = BIN_BATTERIES[chemistry or str(fw.drivers(BOARD)["battery"]["chemistry"])]
    phases = (*_chip(), *_sensors(battery), *_lamp(), *_display())
    return Unit(f"smart bin, {battery.name}", phases, battery, BUCK, TARGET_DAYS)


def _chip() -> list[Phase]:
    options = fw.configuration(KIND, INTERVAL_S)
    assert options.wifi is not None
    # Heartbeats at the interval, one message a deposit, and the keep-alive's ping when nothing else is said.
    messages = DAY_S / INTERVAL_S + DEPOSITS
    pings = DAY_S / float(options.keep_alive_s)
    share = Figure(BIN_SHARE * DAY_S, Mark.SCALED, f"{BIN_SHARE:.2%} of the day").times(S3, S3_WHY)
    return [
        always("chip, Wi-Fi connected", MODEM[options.wifi["power_save"]], LOGIC),
        Phase("tasks", BUSY, share, 1, LOGIC),
        Phase("frames sent", SENDING, FRAME, messages * MESSAGES + pings, LOGIC),
    ]


def _sensors(battery: Battery) -> list[Phase]:
    samples = DAY_S / float(fw.configuration(KIND, INTERVAL_S).sample_s)
    found = []
    for driver, part in fw.drivers(BOARD).items():
        rail, measuring, resting = SENSORS[driver]
        if driver in fw.SENSING_MS and measuring.value:
            milliseconds = fw.SENSING_MS[driver] * fw.times(KIND, driver)
            found.append(
                Phase(driver, measuring, firmware(milliseconds / 1000, "its driver"), samples + DEPOSITS, rail)
            )
        found.append(always(f"{driver} at rest", resting, rail))
        if driver == "battery":
            ohm = int(part["upper_ohm"]) + int(part["lower_ohm"])
            current = firmware(battery.volts / ohm * 1000, "board file")
            found.append(always("battery's divider", current, battery.volts, direct=True))
    rail, measuring, _ = SENSORS["hx711"]
    watch = firmware(fw.SENSING_MS["hx711"] / 1000, "deposits.py looks at the resting bin's weight every REST_MS")
    found.append(Phase("weight at rest", measuring, watch, DAY_S / fw.REST_S, rail))
    found.append(Phase("weighing", measuring, firmware(fw.WEIGHING_S, "deposits.py, SETTLE_MS"), DEPOSITS, rail))
    return [phase for phase in found if phase.mean_ma]


def _lamp() -> list[Phase]:
    pixels = int(fw.board(BOARD)["lamp"]["pixels"])
    lit = [
        ("lamp, lid open", fw.LID_OPEN, LID_OPEN_S),
        ("lamp, weighing", fw.WEIGHING, fw.WEIGHING_S),
        ("lamp, offer open", fw.CLAIM_OPEN, CLAIMED_S),
    ]
    found = [always("lamp, dark", PIXEL.times(pixels, "pixels"), FIVE)]
    for name, state, seconds in lit:
        current = firmware(fw.ring_ma(state, pixels, fw.BREATH_MS), "lamp/colours.py, frames of the state")
        found.append(Phase(name, current, assumed(seconds, "of each deposit"), DEPOSITS, FIVE))
    return found


def _display() -> list[Phase]:
    return [
        Phase("e-paper refreshed", PANEL, REFRESH, DEPOSITS, LOGIC),
        always("e-paper asleep", PANEL_ASLEEP, LOGIC),
        Phase(
            "scanner reads",
            SCANNER,
            assumed(CLAIMED_S, "half of the offer's time; some claim at once, some never"),
            DEPOSITS,
            FIVE,
        ),
        always("scanner asleep", SCANNER_ASLEEP, FIVE),
    ]
