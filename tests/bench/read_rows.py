"""The read routes' measurements as lines: what docs/benchmarks.md keeps of bench_reads."""

from typing import Any

GOAL = 50  # milliseconds, p95


def read_rows(reads: dict[str, Any]) -> list[tuple[str, Any]]:
    """Each route, and how many of them keep to the goal."""
    routes, readings = reads["routes_ms"], f"{reads['readings']:,}"
    within = {clock: sum(found[clock] < GOAL for found in routes.values()) for clock in ("p95", "cpu_p95")}
    return [
        (
            f"read routes over {readings} readings, p95 below {GOAL} ms by the clock; by CPU",
            f"{within['p95']} of {len(routes)}; {within['cpu_p95']} of {len(routes)}",
        ),
        *(
            (f"read: {name}, p50; p95; p95 of CPU", f"{found['p50']}; {found['p95']}; {found['cpu_p95']} ms")
            for name, found in routes.items()
        ),
        *((f"read: {name} file, rows/s", f"{rows:,}") for name, rows in reads["file_rows_per_second"].items()),
    ]
