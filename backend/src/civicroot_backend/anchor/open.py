"""Opening the configured anchors: what the configuration says has to agree with the policy."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from civicroot_anchor.checks import anchor_checks
from civicroot_anchor.evm_blocks import CONFIRMATIONS, Rpc
from civicroot_wire.policy import Policy
from civicroot_wire.policy_anchor import EVM, OPENTIMESTAMPS, RFC3161
from civicroot_wire.policy_anchor import Anchor as TrustedAnchor

from civicroot_backend.anchor import opentimestamps, rfc3161
from civicroot_backend.anchor.anchor import Anchor
from civicroot_backend.anchor.settings import Settings
from civicroot_backend.errors import ConfigurationError

if TYPE_CHECKING:
    from civicroot_wire.anchors import AnchorCheck

MAX_INTERVAL = 366 * 86_400  # seconds; less than once a year is never


def _evm(settings: Settings) -> Anchor:
    """Imported only where a chain is configured: its libraries are an extra, and take a second to load."""
    try:
        from civicroot_backend.anchor import evm  # noqa: PLC0415
    except ImportError as error:
        raise ConfigurationError(
            f"anchors.{settings.name}: kind evm needs more: pip install 'civicroot-backend[evm]' ({error})"
        ) from error
    return evm.from_settings(settings)


_KINDS: Mapping[str, Callable[[Settings], Anchor]] = {
    EVM: _evm,
    OPENTIMESTAMPS: opentimestamps.from_settings,
    RFC3161: rfc3161.from_settings,
}


@dataclass(frozen=True, slots=True)
class Opened:
    """An anchor, how often it is used (seconds), what the policy says of it, and how its evidence is verified."""

    anchor: Anchor
    interval: int
    trusted: TrustedAnchor
    check: "AnchorCheck"


def open_anchors(
    tables: Mapping[str, Mapping[str, object]], folder: Path, policy: Policy, clock: Callable[[], float]
) -> list[Opened]:
    """The anchors of the configuration's tables by name. Raises ConfigurationError, KeyFileError."""
    opened: list[Opened] = []
    try:
        for name, values in sorted(tables.items()):
            opened.append(_open(Settings(name, values, _trusted(name, values, policy), folder, clock)))
    except Exception:
        for one in opened:
            one.anchor.close()
        raise
    return opened


def _trusted(name: str, values: Mapping[str, object], policy: Policy) -> TrustedAnchor:
    """The policy's anchor of this name: of several, which follow one another, the last."""
    of_name = [anchor for anchor in policy.anchors if anchor.name == name]
    if not of_name:
        raise ConfigurationError(f"anchors.{name}: the policy has no anchor of this name")
    found = max(of_name, key=lambda anchor: anchor.first)
    if values.get("kind") != found.kind:
        raise ConfigurationError(f"anchors.{name}.kind is not the policy's {found.kind}")
    return found


def _open(settings: Settings) -> Opened:
    interval = settings.integer("interval_seconds", 1, MAX_INTERVAL)
    anchor = _KINDS[settings.trusted.kind](settings)
    return Opened(anchor, interval, settings.trusted, _check_of(settings))


def _check_of(settings: Settings) -> "AnchorCheck":
    """As everybody verifies it; a block is looked up at the node that the city itself uses."""
    if settings.trusted.kind != EVM:
        return anchor_checks()[settings.trusted.kind]
    confirmations = settings.integer("confirmations", 1, 1 << 16, CONFIRMATIONS)
    return anchor_checks(Rpc(settings.url("rpc_url"), confirmations))[EVM]
