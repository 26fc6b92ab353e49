"""How a crew works today: what was given on the command line."""

from dataclasses import dataclass, field
from pathlib import Path

from .label_pdf import Font


@dataclass(frozen=True, kw_only=True)
class Options:
    """`calibrate`: (sensor, point, known number or None). Without a key what it signs is queued."""

    registrar_key: Path | None = None
    operator_key: Path | None = None
    calibrate: list[tuple[str, str, int | None]] = field(default_factory=list)
    allow_faults: bool = False
    start_over: bool = False
    broken: list[str] = field(default_factory=list)  # kids
    font: Font | None = None
