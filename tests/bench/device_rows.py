"""What signing, drawing a claim, starting and waking cost a device, as lines of docs/benchmarks.md."""

from typing import Any

Row = tuple[str, Any]
ENGINES = ("viper", "plain")


def device_rows(signing: dict[str, Any], libsodium_us: float, qr: dict[str, Any], device: dict[str, Any]) -> list[Row]:
    """Of firmware/bench/signing.py and qr.py on the Unix port, and of bench_device."""
    engines = [engine for engine in ENGINES if signing[engine]]
    return [
        *(_signature(engine, signing[engine]["sign"]["us"], libsodium_us) for engine in engines),
        *((f"device: heap of one signature, {engine}", f"{signing[engine]['sign']['heap']} B") for engine in engines),
        ("device: longest claim drawn as a QR code", f"{qr['us'] / 1000:.0f} ms, version {qr['version']}"),
        ("device: its longest step, in which other tasks wait", f"{qr['longest_step_us'] / 1000:.1f} ms"),
        ("device: heap of drawing it, garbage included", f"{qr['heap']} B"),
        ("device: from process start to the first publish, key and all", f"{device['first_publish_new_ms']} ms"),
        ("device: the same with its key on flash", f"{device['first_publish_again_ms']} ms"),
        ("bin: part of a core at rest, with models of its chips", f"{device['bin_at_rest_share']:.2%}"),
        ("tag: CPU of its imports from .mpy files ÷ a signature in MicroPython", _ratio(device, "imports")),
        ("tag: CPU of the same modules' bodies, frozen ÷ a signature", _ratio(device, "running")),
        ("tag: CPU of the rest of a wake, without models of chips ÷ a signature", _ratio(device, "wake")),
        ("tag: what a wake asks of its flash", _flash(device["tag_wake_flash"])),
    ]


def _signature(engine: str, microseconds: float, libsodium_us: float) -> Row:
    ratio = f"{microseconds / libsodium_us:.1f}  ({microseconds} µs)"
    return f"device: sign in MicroPython, {engine} ÷ libsodium sign", ratio


def _flash(counts: dict[str, float]) -> str:
    return f"{counts['erases']:.2f} erases, {counts['programs']:.0f} pages, {counts['reads']:.0f} reads"


def _ratio(device: dict[str, Any], what: str) -> str:
    return f"{device[f'{what}_over_signature']}  ({device[f'tag_{what}_cpu_ms']} ms)"
