"""The LoRa chip SX1262 on SPI, as its datasheet (Semtech DS.SX1261-2.W.APP, rev. 2.1) says; sections in brackets.

The bus is passed in: `transfer(out)` holds the chip select, sends `out` and returns as many bytes, after waiting for
BUSY to be low. Nothing here waits for the air.
"""

from civicroot_wire import lora

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Bus(Protocol):
        """SPI with chip select and BUSY (OSError if that stays high), and the reset pin."""

        def transfer(self, out: bytes) -> bytes: ...
        def reset(self) -> None: ...


CRYSTAL = 32_000_000  # Hz
TX_DONE, RX_DONE, HEADER_ERROR, CRC_ERROR, TIMEOUT = 0x001, 0x002, 0x020, 0x040, 0x200  # interrupts [13.3.2]
_ALL = TX_DONE | RX_DONE | HEADER_ERROR | CRC_ERROR | TIMEOUT
_FOREVER = b"\xff\xff\xff"  # SetRx until told otherwise [13.1.5]
_STEP_US = 15.625  # of a time-out
_SLOW_FROM = 11  # spreading factors with low data rate optimisation at 125 kHz [6.1.1.4]
_IMAGE = (  # highest frequency, calibration [9.2.1]
    (440_000_000, b"\x6b\x6f"),
    (510_000_000, b"\x75\x81"),
    (787_000_000, b"\xc1\xc5"),
    (870_000_000, b"\xd7\xdb"),
    (928_000_000, b"\xe1\xe9"),
)
# The amplifier's settings that take the least current: up to so many dBm, duty cycle, size [table 13-21]. Each gives
# its highest power with SetTxParams at _FULL; 14 dBm take 45 mA with its own and 90 with those of 22 dBm [table 3-6].
_FULL = 22
_AMPLIFIERS = ((14, 0x02, 0x02), (17, 0x02, 0x03), (20, 0x03, 0x05), (22, 0x04, 0x07))
_SYNC_WORD, _CLAMP, _IQ = 0x0740, 0x08D8, 0x0736  # registers [12.1, 15.2.2, 15.4.2]


class Sx1262:
    """One chip. configure() first; then listen(), received(), transmit() and transmitted()."""

    def __init__(self, bus: "Bus", tcxo: "int | None" = None) -> None:
        self._bus = bus
        self._tcxo = tcxo  # code of the voltage that DIO3 gives an oscillator; None: a crystal [13.3.6]
        self._factor = 7

    def configure(self, frequency: int, factor: int, power: int) -> None:
        """Reset the chip and set it up. Raises OSError if there is none."""
        self._bus.reset()
        self._factor = factor
        self._command(0x80, b"\x00")  # SetStandby, RC
        if self._tcxo is not None:
            self._command(0x97, bytes([self._tcxo]) + (320).to_bytes(3, "big"))  # SetDIO3AsTCXOCtrl, 5 ms
            self._command(0x89, b"\x7f")  # Calibrate, all blocks anew with the oscillator
        self._command(0x96, b"\x01")  # SetRegulatorMode, DC-DC
        self._command(0x9D, b"\x01")  # SetDIO2AsRfSwitchCtrl
        self._command(0x8A, b"\x01")  # SetPacketType, LoRa
        if self._ask(0x11, 1) != b"\x01":  # GetPacketType
            raise OSError(19)  # ENODEV
        self._command(0x98, _image(frequency))  # CalibrateImage
        self._command(0x86, ((frequency << 25) // CRYSTAL).to_bytes(4, "big"))  # SetRfFrequency
        highest, duty_cycle, size = _amplifier(power)
        self._command(0x95, bytes([duty_cycle, size, 0x00, 0x01]))  # SetPaConfig [13.1.14]
        register = _FULL - (highest - power)
        self._command(0x8E, bytes([register & 0xFF, 0x04]))  # SetTxParams, 200 µs ramp
        self._set_bits(_CLAMP, 0x1E)  # the power amplifier's clamp is too careful [15.2]
        self._command(0x8F, b"\x00\x00")  # SetBufferBaseAddress
        slow = 1 if factor >= _SLOW_FROM else 0
        self._command(0x8B, bytes([factor, 0x04, 0x01, slow]))  # SetModulationParams: 125 kHz, 4/5
        self._set_bits(_IQ, 0x04)  # standard IQ [15.4]
        self._write_register(_SYNC_WORD, lora.SYNC_WORD.to_bytes(2, "big"))
        self._command(0x08, _ALL.to_bytes(2, "big") * 2 + bytes(4))  # SetDioIrqParams, all on DIO1

    def listen(self) -> None:
        """Receive until something else is asked for."""
        self._packet(lora.MAX_LORA_BYTES)
        self._clear()
        self._command(0x82, _FOREVER)  # SetRx

    def received(self) -> "tuple[int, bytes] | None":
        """(RSSI in dBm, payload) of a frame that has come whole; None if none has. Damaged ones are dropped."""
        status = self._interrupts()
        if not status & RX_DONE:
            if status & HEADER_ERROR:
                self._clear()
            return None
        length, start = self._ask(0x13, 2)  # GetRxBufferStatus
        rssi = self._ask(0x14, 3)[0]  # GetPacketStatus
        payload = self._bus.transfer(bytes([0x1E, start, 0]) + bytes(length))[3:]  # ReadBuffer
        self._clear()
        if status & CRC_ERROR or not payload:
            return None
        return -(rssi // 2), payload

    def level(self) -> int:
        """What is on the channel now, in dBm, while it listens."""
        return -(self._ask(0x15, 1)[0] // 2)  # GetRssiInst

    def transmit(self, payload: bytes) -> None:
        """Begin to send; transmitted() says when it is out."""
        self._command(0x80, b"\x00")
        self._packet(len(payload))
        self._bus.transfer(bytes([0x0E, 0]) + payload)  # WriteBuffer
        self._clear()
        longest = int(2 * lora.airtime_us(len(payload), self._factor) / _STEP_US)
        self._command(0x83, longest.to_bytes(3, "big"))  # SetTx

    def transmitted(self) -> "bool | None":
        """True: it is out. False: the chip gave up. None: not yet."""
        status = self._interrupts()
        if status & TX_DONE:
            return True
        return False if status & TIMEOUT else None

    def sleep(self) -> None:
        """Turn it off; configure() wakes it."""
        self._command(0x80, b"\x00")
        self._command(0x84, b"\x00")  # SetSleep, cold start

    def _packet(self, length: int) -> None:
        """SetPacketParams: explicit header, CRC, standard IQ."""
        self._command(0x8C, lora.PREAMBLE.to_bytes(2, "big") + bytes([0, length, 1, 0]))

    def _interrupts(self) -> int:
        return int.from_bytes(self._ask(0x12, 2), "big")  # GetIrqStatus

    def _clear(self) -> None:
        self._command(0x02, _ALL.to_bytes(2, "big"))  # ClearIrqStatus

    def _set_bits(self, register: int, bits: int) -> None:
        value = self._bus.transfer(b"\x1d" + register.to_bytes(2, "big") + b"\x00\x00")[4]  # ReadRegister
        self._write_register(register, bytes([value | bits]))

    def _write_register(self, register: int, data: bytes) -> None:
        self._command(0x0D, register.to_bytes(2, "big") + data)

    def _command(self, opcode: int, data: bytes) -> None:
        self._bus.transfer(bytes([opcode]) + data)

    def _ask(self, opcode: int, size: int) -> bytes:
        """A command's answer, which follows a status byte."""
        return self._bus.transfer(bytes([opcode, 0]) + bytes(size))[2:]


def _amplifier(power: int) -> "tuple[int, int, int]":
    for found in _AMPLIFIERS:
        if power <= found[0]:
            return found
    raise OSError(22)  # EINVAL: more than the chip has


def _image(frequency: int) -> bytes:
    for highest, calibration in _IMAGE:
        if frequency <= highest:
            return calibration
    raise OSError(22)  # EINVAL: above what the chip's image calibration knows
