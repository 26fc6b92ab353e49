"""What `make bench` says of the gateway's process and of a backlog."""

from typing import Any

SIZES = ("one", "eight")


def gateway_rows(results: dict[str, Any]) -> list[tuple[str, object]]:
    """(what, value) from the results of bench_gateway_live and bench_backlog."""
    live, backlog = results["gateway_live"], results["backlog"]
    rows: list[tuple[str, object]] = []
    for size in SIZES:
        found, plain = live[f"{size}_per_message"], live[f"plain_logger_{size}_per_message"]
        rows += [
            (
                f"gateway process, {size} record(s) a message: CPU per record ÷ libsodium verify",
                found["cpu_over_verify"],
            ),
            (f"gateway process, {size} record(s) a message: records/s", found["records_per_second"]),
            (f"the same ÷ a plain logger's CPU, which verifies nothing ({plain['cpu_us']} µs)", _over(found, plain)),
        ]
    one_core = live["eight_per_message_everything_on_one_core"]["records_per_second"]
    steady = live["percent_of_a_core_at_50_records_per_second"]
    return [
        *rows,
        ("gateway, broker and devices together on one core, eight a message: records/s", one_core),
        ("gateway process at 50 records/s: share of a core", f"{steady} %"),
        (f"backlog of {backlog['records']} records, end to end, last batch's age included", f"{backlog['seconds']} s"),
    ]


def _over(found: dict[str, Any], plain: dict[str, Any]) -> float:
    return round(float(found["cpu_us"]) / float(plain["cpu_us"]), 2)
