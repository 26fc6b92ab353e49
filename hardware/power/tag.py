"""The tree tag: an ESP32-C3 that sleeps deeply, wakes for each sample, and speaks by ESP-NOW or LoRa."""

from hardware.power import firmware as fw
from hardware.power.battery import YEAR_D, Unit
from hardware.power.cells import BUCK_BOOST, TWO_L91
from hardware.power.phase import Figure, Mark, Phase, always, assumed, datasheet, firmware
from hardware.power.scale import (
    ERASES,
    FROZEN_MS,
    IMPORTS_MS,
    LOOK_MS,
    LORA_MS,
    PAGES,
    SIGNATURE_MS,
    WAKE_MS,
    on_c3,
    reading,
)

TARGET_YEARS = 5
HOUR_S = 3600.0
RAIL = 3.3
KIND, BOARD = "tree", "tree_tag"
PROMISE_S = 7426  # of the next report of an hourly tag
RECORD_BYTES = fw.heartbeat_bytes(KIND, PROMISE_S)  # three measurements, units, beacon; a change is shorter
LEAN_BYTES = fw.heartbeat_bytes(KIND, PROMISE_S, lean=True)  # two of them, from fw.LEAN_FACTOR on
ANSWER_BYTES = 70  # of a usual answer (tag/timing.py)
ESPNOW = "ESP-NOW"
FACTORS = {f"LoRa SF{factor}": factor for factor in range(7, 11)}  # 10: the slowest that EU868 and KR920 allow
RADIOS = (ESPNOW, *FACTORS)
UNANSWERED = 0.05  # of the wakes: frames lost, gateway restarting
EXTRA_WAKES = 1  # a day: somebody shakes the tree, and the day's full report takes a second record

C3 = "ESP32-C3 data sheet (v1.4), "
RUNNING = datasheet(23.0, C3 + "current in modem-sleep, 160 MHz, CPU running")
WAITING = datasheet(16.0, C3 + "current in modem-sleep, 160 MHz, CPU idle")
LIGHT = datasheet(0.13, C3 + "low-power modes, light sleep")
DEEP = datasheet(0.005, C3 + "low-power modes, deep sleep with RTC timer and memory")
RECEIVING = datasheet(84.0, C3 + "RF current, receiving 802.11b/g/n")
SENDING = datasheet(335.0, C3 + "RF current, 802.11b 1 Mbit/s at 21 dBm")
FLASH = datasheet(
    RUNNING.value + 20.0,
    "W25Q32JV data sheet, DC characteristics: 20 mA while it erases or writes; the CPU waits running",
)
SX = "SX1261/2 data sheet (DS.SX1261-2.W.APP rev. 2.1), "
LORA_POWER = 14  # dBm: what most channels of EU868 allow
# mA at the highest power of each of the amplifier's settings. The sheet's other currents of 17 and 20 dBm, with the
# settings of 22, are 95 and 102; they stand here, though those of their own take less.
AMPLIFIERS = {(2, 2): 45.0, (2, 3): 95.0, (3, 5): 102.0, (4, 7): 118.0}
LORA_RECEIVING = datasheet(
    LIGHT.value + 5.3, SX + "§3.5.1: LoRa 125 kHz, DC-DC, boosted; the CPU in light sleep between looks (tag/tag.py)"
)

SENSORS = {  # while it measures
    "soil_capacitive": datasheet(5.0, "SEN0193 data sheet, operating current"),
    "ds18b20": datasheet(1.5, "DS18B20 data sheet (19-7487), DC characteristics, active current, largest"),
    "sht3x": datasheet(1.5, "SHT3x-DIS data sheet (v7), electrical specifications, measuring, largest"),
    "lis3dh": datasheet(0.02, "LIS3DH data sheet (DocID17530), table 11: 20 µA at 100 Hz"),
    "dendrometer": datasheet(
        0.81, "3.3 V over 5 kΩ, and ADS1115 data sheet (SBAS444), electrical characteristics: 150 µA"
    ),
    "battery": datasheet(0.0, "its divider is always there"),
}
RESTING = {  # between measurements
    "soil_capacitive": datasheet(0.0, "switched off"),
    "ds18b20": datasheet(0.001, "DS18B20 data sheet, standby current, largest"),
    "sht3x": datasheet(0.0002, "SHT3x-DIS data sheet, electrical specifications, idle, typical"),
    "lis3dh": datasheet(0.003, "LIS3DH data sheet, table 11: 10 Hz, low power (motion_watch.py)"),
    "dendrometer": datasheet(
        0.0005, "ADS1115 data sheet, electrical characteristics, power-down; the potentiometer is switched off"
    ),
}
# Others measured MicroPython on an ESP32-S3 from wake to main.py: bootloader without validation 47 ms (which is stock
# since MicroPython 1.21), NVS 8 ms, mounting the file system and reading boot.py and main.py 350 ms.
BOOT = Figure(
    0.405, Mark.PUBLISHED, "github.com/glenn20/upy-esp32-experiments, OptimisingMicropythonBootTime (ESP32-S3)"
)
WIFI_START = Figure(
    0.049, Mark.PUBLISHED, "github.com/glenn20/upy-esp32-experiments, ESPNowvsWifiEnergyUsage: 118.8 − 69.9 ms (ESP32)"
).times(2, "for a single core at 160 MHz")
ESPNOW_SENDING = firmware((192 + 8 * (RECORD_BYTES + 43)) / 1e6, "a record at 1 Mbit/s with preamble and headers")
CONFIGURING = datasheet(0.01, SX + "calibration 3.5 ms, and reset and set-up at 2 MHz SPI")
WRITING = datasheet(
    ERASES * 0.045 + PAGES * 0.0007,
    f"W25Q32JV data sheet, AC characteristics, typical: {ERASES:g} sectors erased, 45 ms each, and {PAGES:g} pages, "
    "0.7 ms each; as many as littlefs asks for in a wake, counted (firmware/bench/wake.py)",
)
LEAKAGE = assumed(0.001, "an allowance for ceramic capacitors and transistors that are off, at 40 °C")
QUIESCENT = datasheet(0.000075, "TPS63900 data sheet (SLVSET3), quiescent current")


def tag(radio: str = ESPNOW, interval_s: float = HOUR_S, frozen: bool = True, power: int = LORA_POWER) -> Unit:
    """With a report each `interval_s`, and the firmware's defaults.

    frozen   its modules are part of the image
    power    of LoRa, dBm
    """
    wakes = 86_400 / float(fw.configuration(KIND, interval_s).sample_s) + EXTRA_WAKES
    phases = [*_asleep(radio), *_awake(wakes, frozen), *_sensing(wakes)]
    phases += _espnow(wakes) if radio == ESPNOW else _lora(wakes, FACTORS[radio], power)
    name = f"tree tag, {radio}" + ("" if frozen else ", modules as .mpy files")
    return Unit(name, tuple(phases), TWO_L91, BUCK_BOOST, TARGET_YEARS * YEAR_D)


def _asleep(radio: str) -> list[Phase]:
    divider = fw.drivers(BOARD)["battery"]
    ohm = int(divider["upper_ohm"]) + int(divider["lower_ohm"])
    found = [
        always("chip asleep", DEEP, RAIL),
        always("regulator", QUIESCENT, TWO_L91.volts, direct=True),
        always("battery's divider", firmware(TWO_L91.volts / ohm * 1000, "board file"), TWO_L91.volts, direct=True),
        always("leakage", LEAKAGE, RAIL),
    ]
    found += [always(f"{driver} at rest", RESTING[driver], RAIL) for driver in fw.drivers(BOARD) if driver in RESTING]
    found = [phase for phase in found if phase.mean_ma]
    if radio != ESPNOW:
        found.append(always("SX1262 asleep", datasheet(0.00016, SX + "§3.5.1: sleep, cold start"), RAIL))
    return found


def _awake(wakes: float, frozen: bool) -> list[Phase]:
    loading = on_c3(FROZEN_MS, "of imports, frozen") if frozen else on_c3(IMPORTS_MS, "of imports")
    return [
        Phase("boot", RUNNING, BOOT, wakes, RAIL),
        Phase("imports", RUNNING, loading, wakes, RAIL),
        Phase("program", RUNNING, on_c3(WAKE_MS - SIGNATURE_MS, "of a wake"), wakes, RAIL),
        Phase("signature", RUNNING, on_c3(SIGNATURE_MS, "of a signature"), wakes, RAIL),
        Phase("flash read", RUNNING, reading(frozen), wakes, RAIL),
        Phase("flash written", FLASH, WRITING, wakes, RAIL),
    ]


def _sensing(wakes: float) -> list[Phase]:
    sensors = fw.drivers(BOARD)
    look = firmware(fw.look_ms(KIND, list(sensors)) / 1000, "the drivers' waits, as often as the kind reads each")
    settle = firmware(fw.WATCH_SETTLE_MS / 1000, "tag/motion_watch.py, SETTLE_MS")
    found = [
        Phase("waiting for sensors", LIGHT if fw.RESTS else WAITING, look, wakes, RAIL),
        Phase("arming the motion watch", LIGHT if fw.RESTS else WAITING, settle, wakes, RAIL),
    ]
    for driver in sensors:
        rounds = fw.times(KIND, driver)
        seconds = firmware(fw.SENSING_MS[driver] * rounds / 1000, f"{rounds} × {fw.SENSING_MS[driver]} ms, its driver")
        found.append(Phase(driver, SENSORS[driver], seconds, wakes, RAIL))
    return [phase for phase in found if phase.mean_ma]


def _espnow(wakes: float) -> list[Phase]:
    window = fw.ESPNOW.window_ms / 1000
    usual = assumed(
        window / 4, "a quarter of tag/timing.py's window: pacing, commit and serial line of a gateway at ease"
    )
    vain = firmware(window * fw.ESPNOW.tries, f"tag/timing.py: {fw.ESPNOW.tries} windows of {window:g} s")
    return [
        Phase("Wi-Fi started", RECEIVING, WIFI_START, wakes, RAIL),
        Phase("record sent", SENDING, ESPNOW_SENDING.times(2, "attempts"), wakes, RAIL),
        Phase("answer awaited", RECEIVING, usual, wakes, RAIL),
        Phase("no answer", RECEIVING, vain, wakes * UNANSWERED, RAIL),
    ]


def _sending(power: int) -> Figure:
    return datasheet(
        LIGHT.value + AMPLIFIERS[fw.amplifier(power)],
        SX + f"§3.5.1, 868 MHz, for up to {power} dBm (table 13-21); the CPU in light sleep (lora_radio.py)",
    )


def _lora(wakes: float, factor: int, power: int) -> list[Phase]:
    size = LEAN_BYTES if factor >= fw.LEAN_FACTOR else RECORD_BYTES
    sending = firmware(fw.airtime_s(size, factor), f"airtime of {size} bytes at SF{factor}")
    answer = fw.airtime_s(ANSWER_BYTES, factor)
    look = fw.lora_look_s(factor)
    usual = firmware(
        fw.COMMIT_MS / 1000 / 4 + answer + look / 2,
        f"a quarter of COMMIT_MS, {ANSWER_BYTES} bytes at SF{factor}, and half a look_ms",
    )
    tries = fw.lora_tries(factor)
    vain = firmware(fw.lora_window_s(factor) * tries, f"tag/timing.py: {tries} windows")
    first = fw.lora_first_s(factor)
    looks = 2 + (max(0, usual.value - first) + UNANSWERED * (vain.value - tries * first)) / look
    return [
        Phase("SX1262's driver", RUNNING, on_c3(LORA_MS, "of the radio's driver"), wakes, RAIL),
        Phase("SX1262 set up", RUNNING, CONFIGURING, wakes, RAIL),
        Phase("record sent", _sending(power), sending, wakes, RAIL),
        Phase("answer awaited", LORA_RECEIVING, usual, wakes, RAIL),
        Phase("no answer", LORA_RECEIVING, vain, wakes * UNANSWERED, RAIL),
        Phase("looks for the answer", RUNNING, on_c3(LOOK_MS * looks, f"of {looks:.1f} looks"), wakes, RAIL),
        Phase("record sent again", _sending(power), sending, wakes * UNANSWERED * (tries - 1), RAIL),
    ]
