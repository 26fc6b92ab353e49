"""What each pin of a chip may be used for, from its data sheet; independent of the firmware's own table."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Chip:
    """Sets of GPIO numbers. `strapping`: read at the start; `rtc`: may wake the chip from deep sleep."""

    name: str
    adc1: frozenset[int]  # usable while Wi-Fi is on
    adc2: frozenset[int]  # not usable while Wi-Fi is on
    strapping: frozenset[int]
    memory: frozenset[int]  # flash and PSRAM
    usb: frozenset[int]
    console: frozenset[int]  # UART0, on which the ROM prints at the start
    rtc: frozenset[int]
    adc_volts: float  # that it measures at 12 dB
    source: str


def _some(*ranges: range | int) -> frozenset[int]:
    return frozenset(at for item in ranges for at in ((item,) if isinstance(item, int) else item))


CHIPS = {
    chip.name: chip
    for chip in (
        Chip(
            name="ESP32-S3",
            adc1=_some(range(1, 11)),
            adc2=_some(range(11, 21)),
            strapping=_some(0, 3, 45, 46),
            memory=_some(range(26, 38)),  # 33 to 37 only with octal PSRAM; left free, so that any module fits
            usb=_some(19, 20),
            console=_some(43, 44),
            rtc=_some(range(22)),
            adc_volts=3.1,
            source="ESP32-S3 data sheet v1.9, tables 2-4, 2-8 and 3-1",
        ),
        Chip(
            name="ESP32-C3",
            adc1=_some(range(5)),
            adc2=_some(5),
            strapping=_some(2, 8, 9),
            memory=_some(range(11, 18)),
            usb=_some(18, 19),
            console=_some(20, 21),
            rtc=_some(range(6)),
            adc_volts=2.5,
            source="ESP32-C3 data sheet v2.0, tables 2-4 and 3-1",
        ),
        Chip(
            name="ESP32-C6",
            adc1=_some(range(7)),
            adc2=frozenset(),
            strapping=_some(4, 5, 8, 9, 15),
            memory=_some(range(24, 31)),
            usb=_some(12, 13),
            console=_some(16, 17),
            rtc=_some(range(8)),
            adc_volts=3.1,
            source="ESP32-C6 data sheet v1.3, tables 2-4 and 3-1",
        ),
    )
}
