"""The status for people at a terminal: alarms first, then what one asks next."""

from collections.abc import Iterator
from typing import Any

from civicroot_cli.main import printable

SHOWN_DEVICES = 20  # those that were silent longest; --json has all
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
_SIZES = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))
_DAY = 24.0  # hours
ALWAYS = 10_000 * _DAY  # hours; beyond it "years" says enough


def as_text(status: dict[str, Any], now: float) -> str:
    """The lines; `now` in Unix seconds."""
    return "\n".join(printable(line) for line in _lines(status, now))


def _lines(status: dict[str, Any], now: float) -> Iterator[str]:
    yield from (f"ALARM  {alarm['name']}: {alarm['text']}" for alarm in status["alarms"])
    yield f"gateway {status['kid']} of {status['realm']}"
    if status["running"]:
        yield f"  running   {span(status['uptime'])}, version {status['version']}"
        yield f"  clock     {clock_text(status['clock'])}"
        yield from (f"  {link['name']:9} {link_text(link)}" for link in status["links"])
        yield from (f"  bridge    {bridge_text(bridge)}" for bridge in status["bridges"])
    else:
        yield "  running   no; what follows is what the disk says"
    yield f"  spool     {spool_text(status, now)}"
    yield f"  batches   {batches_text(status)}"
    yield f"  log size  {status['log_size'] if status['log_size'] is not None else 'not known yet'}"
    yield f"  records   {records_text(status['counters'])}"
    for subject, reasons in status["refusals"].items():
        yield f"  refused   {subject}: " + ", ".join(f"{name} {count:,}" for name, count in reasons.items())
    yield from _devices(status["devices"], now)


def span(seconds: float) -> str:
    """A length of time, in its two largest units."""
    left = max(int(seconds), 0)
    parts: list[str] = []
    for size, unit in _UNITS:
        if left >= size or (parts and len(parts) < 2):
            parts.append(f"{left // size} {unit}")
        left %= size
    return " ".join(part for part in parts[:2] if not part.startswith("0 ")) or "0 s"


def size(octets: int) -> str:
    """A number of bytes."""
    for unit, name in _SIZES:
        if octets >= unit:
            return f"{octets / unit:.1f} {name}"
    return f"{octets} bytes"


def room_text(hours: float | None) -> str:
    """How long the spool lasts."""
    if hours is None:
        return "room not known yet"
    if hours >= ALWAYS:
        return "room for years"
    return f"room for {span(hours * 3600)} at the present rate"


def clock_text(clock: dict[str, Any]) -> str:
    """Whether it can be right."""
    jumps = f", jumped {clock['jumps']} times" if clock["jumps"] else ""
    return ("trusted" if clock["trusted"] else f"NOT TRUSTED ({clock['alarm']})") + jumps


def link_text(link: dict[str, Any]) -> str:
    """A connection."""
    text = f"{'up' if link['up'] else 'DOWN'} for {span(link['seconds'])}, {link['broker']}"
    if not link["up"] and link["attempts"]:
        text += f", {link['attempts']:,} attempts"
    if link["error"]:
        text += f", {'before that' if link['up'] else 'last'}: {link['error']}"
    if link["certificate_days"] is not None:
        text += f", certificate for {link['certificate_days']:.0f} days"
    return text


def bridge_text(bridge: dict[str, Any]) -> str:
    """A radio bridge."""
    text = f"{bridge['name']}, {'up' if bridge['up'] else 'DOWN'} for {span(bridge['seconds'])}"
    text += f", {bridge['counts'].get('heard', 0):,} frames heard"
    return text + (f", {'before that' if bridge['up'] else 'last'}: {bridge['trouble']}" if bridge["trouble"] else "")


def spool_text(status: dict[str, Any], now: float) -> str:
    """What waits, and for how long there is room."""
    text = f"{status['records_spooled']:,} records, {size(status['bytes_spooled'])}"
    if status["bytes_limit"]:
        text += f" ({status['bytes_spooled'] / status['bytes_limit']:.1%} of {size(status['bytes_limit'])})"
    text += f", {room_text(status['room_hours'])}"
    if status["oldest_record"] is not None:
        text += f", oldest {span(now - status['oldest_record'])} old"
    return text + (f"; FAILS: {status['spool_error']}" if status.get("spool_error") else "")


def batches_text(status: dict[str, Any]) -> str:
    """Sealed batches."""
    refused = f"{status['batches_refused']:,} refused ({size(status['bytes_refused'])})"
    return f"{status['batches_waiting']:,} waiting, {refused}, next {status['next_batch']:,}"


def records_text(counters: dict[str, int]) -> str:
    """What became of the records since the gateway's first start."""
    names = {"accepted": "accepted", "duplicate": "repeated", "committed": "committed"}
    return ", ".join(f"{counters.get(f'record.{name}', 0):,} {text}" for name, text in names.items())


def by_silence(devices: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Devices, those first that were silent longest."""
    return sorted(devices, key=lambda device: (device["heard"] or 0, device["kid"]))


def heard_text(device: dict[str, Any], now: float) -> str:
    """When a device was heard, and what it says of itself."""
    heard = "never heard" if device["heard"] is None else f"heard {span(now - device['heard'])} ago"
    online = {None: "", True: ", online", False: ", offline"}[device["online"]]
    waiting = f", {device['waiting']} records waiting there" if device["waiting"] else ""
    follows = "" if device["configuration"] is None else f", configuration {device['configuration']}"
    refuses = f", refuses a newer one: {device['refused']}" if device["refused"] else ""
    return heard + online + waiting + follows + refuses


def _devices(devices: list[dict[str, Any]], now: float) -> Iterator[str]:
    yield f"  known     {len(devices):,} devices" + (", silent longest first:" if devices else "")
    for device in by_silence(devices)[:SHOWN_DEVICES]:
        yield f"    {device['kid']}  {device['subject'] or '?'}  {heard_text(device, now)}"
    if len(devices) > SHOWN_DEVICES:
        yield f"    … and {len(devices) - SHOWN_DEVICES} more (--json has all)"
