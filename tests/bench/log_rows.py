"""The city log's measurements as lines: what docs/benchmarks.md keeps of bench_log, _latency, _proofs and _audit."""

from typing import Any

Row = tuple[str, Any]


def log_rows(results: dict[str, Any]) -> list[Row]:
    """Ratios where there is something to compare with, and what they rest on."""
    return [
        *_append(results["log"]),
        *_latency(results["latency"]),
        *_proofs(results["proofs"]),
        *_audit(results["audit"]),
    ]


def _append(log: dict[str, Any]) -> list[Row]:
    groups = {size: found["in_groups_of"] for size, found in log.items()}
    smallest, largest = min(groups, key=int), max(groups, key=int)
    full = max(groups[smallest], key=int)
    growth = groups[largest][full]["cpu_us_per_entry"] / groups[smallest][full]["cpu_us_per_entry"]
    return [
        *(
            (
                f"log: entries/s appended durably and published, groups of {together}, at {int(size):,} entries",
                _speed(one),
            )
            for size, found in groups.items()
            for together, one in found.items()
        ),
        (f"log: CPU per entry at {int(largest):,} ÷ at {int(smallest):,} entries", f"{growth:.2f}"),
    ]


def _speed(one: dict[str, float]) -> str:
    return (
        f"{one['entries_per_second']:,.0f}  ({one['us_per_entry']:.0f} µs, of it CPU {one['cpu_us_per_entry']:.0f} µs)"
    )


def _latency(latency: dict[str, Any]) -> list[Row]:
    posted = [
        (f"log: from POST /entries to the receipt, {name.removesuffix('_ms').replace('_', ' ')}", _quantiles(found))
        for name, found in latency.items()
        if name.endswith("_ms")
    ]
    cosigned = latency["reading_to_cosigned"]
    return [*posted, ("log: from a reading to a checkpoint cosigned by 2 of 3 witnesses", _quantiles(cosigned))]


def _quantiles(found: dict[str, float]) -> str:
    return f"p50 {found['p50']:.0f} ms, p99 {found['p99']:.0f} ms"


def _proofs(proofs: dict[str, Any]) -> list[Row]:
    bare, server, checked = proofs["bare_verify_us"], proofs["server"], proofs["verify"]
    bundle = proofs["bundle"]
    over = bundle["over_places"]
    return [
        ("proof: made by the server ÷ libsodium verify", _ratio(server["proof_us"], bare)),
        ("proof: verified in Python ÷ libsodium verify", _ratio(checked["python_us"], bare)),
        ("proof: verified by the browser's code ÷ libsodium verify", _ratio(checked["browser_us"], bare)),
        ("proof: the same, the first time", f"{checked['browser_first_us'] / 1000:.0f} ms"),
        ("receipt: made ÷ libsodium verify", _ratio(server["receipt_us"], bare)),
        ("receipt: verified in Python ÷ libsodium verify", _ratio(server["receipt_verify_us"], bare)),
        ("receipts/s of one process", f"{server['receipts_per_second']:,}"),
        ("bytes: receipt in a log of 325 entries", f"{server['receipt_bytes']} B"),
        ("bytes: a reading's bundle in a log of a million entries", f"{bundle['bytes']} B"),
        *((f"bytes: of it {name}", f"{size} B") for name, size in bundle["parts"].items()),
        ("bytes: the bundle wherever its entries lie", f"median {over['median']} B, most {over['most']} B"),
        *((f"bytes: status list of {name}", f"{size} B") for name, size in bundle["status_list_bytes"].items()),
    ]


def _ratio(microseconds: float, bare: float) -> str:
    return f"{microseconds / bare:.1f}  ({microseconds / 1000:.2f} ms)"


def _audit(audit: dict[str, Any]) -> list[Row]:
    return [
        (f"audit: {name}/s over HTTP, {audit['processors']} processors", f"{audit[name]['per_second']:,}")
        for name in ("entries", "records")
    ]
