"""A calibration is itself a signed record, and never thinned (SPEC.md §3.1)."""

from civicroot_device.storage.segment import CHANGE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.device import Device
    from civicroot_device.reporting.reporter import Reporter


def say(device: "Device", reporter: "Reporter", sensor: str) -> "list[int]":
    """Make the record of a sensor's calibration; its numbers, none if there was no room: the next start tries again."""
    seqs = reporter.report(device.calibration.measurements(sensor), CHANGE, device.ms())
    if seqs:
        device.calibration.said(sensor)
    return seqs
