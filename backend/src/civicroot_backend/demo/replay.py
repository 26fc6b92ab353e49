"""Real sensor series for `civicroot demo --replay DIR`: read published CSV files into samples for the devices.

A device gets one series: (seconds since its first value, {measurement: value}). What the publisher left empty stays
empty.
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

MAX_SAMPLES = 20_000  # per device: a year of quarter-hours fits, and memory stays bounded
MIN_SAMPLES = 10  # a shorter series would only repeat itself

Values = dict[str, float]


class ReplayError(Exception):
    """The folder cannot be replayed; says why."""


@dataclass(kw_only=True)
class Series:
    """What one device replays. `kind` is bin or tree; `samples` ascend in time."""

    kind: str
    source: str
    label: str | None = None
    position: tuple[str, str] | None = None
    samples: list[tuple[int, Values]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Source:
    """How one published file is read: who a row is of, when, and what it says."""

    file: str
    kind: str
    time: str
    rows: Callable[[dict[str, str]], Iterator[tuple[str, int, Values]]]
    labels: str | None = None
    label_key: str = ""
    label_text: str = ""


def _share(text: str, whole: float) -> Values:
    return {"fill": round(min(1.0, float(text) / whole), 4)}


def _long(key: str, value: str, whole: float) -> Callable[[dict[str, str]], Iterator[tuple[str, int, Values]]]:
    def rows(row: dict[str, str]) -> Iterator[tuple[str, int, Values]]:
        if row[value]:
            yield row[key], 0, _share(row[value], whole)

    return rows


def _emptied(row: dict[str, str]) -> Iterator[tuple[str, int, Values]]:
    """A collection: so full before, empty after."""
    yield row["site_id"], 0, _share(row["fill_before_pct"], 100)
    yield row["site_id"], 60, {"fill": 0.0}


def _soil_columns(row: dict[str, str]) -> Iterator[tuple[str, int, Values]]:
    for name, value in row.items():
        if name.startswith("SENS") and value:
            yield name, 0, {"soil": round(float(value) / 100, 4)}


def _station(row: dict[str, str]) -> Iterator[tuple[str, int, Values]]:
    values = {
        name: float(row[column])
        for name, column in (("soil", "soil_moisture_10cm_m3m3"), ("soiltemp", "soil_temp_10cm_c"))
        if row[column]
    }
    if values:
        yield row["station_wban"], 0, values


def _forest(row: dict[str, str]) -> Iterator[tuple[str, int, Values]]:
    if row["soil_temp_c"]:
        yield "forest", 0, {"soiltemp": float(row["soil_temp_c"])}


SOURCES = (
    Source(
        file="prague_bin_fill.csv",
        kind="bin",
        time="time_utc",
        rows=_long("container_id", "fill_pct", 100),
        labels="prague_bins.csv",
        label_key="container_id",
        label_text="address",
    ),
    Source(
        file="wyndham_bin_fill.csv",
        kind="bin",
        time="date",
        rows=_long("bin_id", "fullness", 10),
        labels="wyndham_bins.csv",
        label_key="bin_id",
        label_text="description",
    ),
    Source(
        file="edinburgh_bin_collections.csv",
        kind="bin",
        time="collected_at_local",
        rows=_emptied,
        labels="edinburgh_bins.csv",
        label_key="site_id",
        label_text="site_name",
    ),
    Source(file="sydney_soil_moisture.csv", kind="tree", time="time_utc", rows=_soil_columns),
    Source(file="uscrn_soil_daily_2020.csv", kind="tree", time="date_local", rows=_station),
    Source(file="tharandt_forest_hourly_1998.csv", kind="tree", time="time_local", rows=_forest),
)


def read_folder(folder: Path) -> dict[str, list[Series]]:
    """All series of the files in `folder` that are known, by kind; ReplayError if there is none."""
    if not folder.is_dir():
        raise ReplayError(f"no such folder: {folder}")
    found: dict[str, list[Series]] = {"bin": [], "tree": []}
    for source in SOURCES:
        if (folder / source.file).is_file():
            found[source.kind].extend(_read(folder, source))
    if not any(found.values()):
        known = ", ".join(source.file for source in SOURCES)
        raise ReplayError(f"no series in {folder}; known files are {known}")
    return found


def write_samples(series: Series, path: Path) -> None:
    """Write a series as the firmware's Unix board reads it: CSV of `seconds,<name>,…`, empty where nothing is known."""
    names = sorted({name for _, values in series.samples for name in values})
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["seconds", *names])
        writer.writerows([at, *(values.get(name, "") for name in names)] for at, values in series.samples)


def _read(folder: Path, source: Source) -> list[Series]:
    labels = _labels(folder, source)
    raw: dict[str, dict[int, Values]] = {}
    for number, row in enumerate(_rows(folder / source.file), start=2):
        try:
            at = _seconds(row[source.time])
            for who, delay, values in source.rows(row):
                raw.setdefault(who, {}).setdefault(at + delay, {}).update(values)
        except (KeyError, TypeError, ValueError) as error:
            raise ReplayError(f"{source.file}, line {number}: {error!r}") from error
    series = [
        Series(
            kind=source.kind,
            source=f"{source.file} {who}",
            label=labels.get(who, (None, None))[0],
            position=labels.get(who, (None, None))[1],
            samples=_relative(by_time),
        )
        for who, by_time in sorted(raw.items())
    ]
    return [item for item in series if len(item.samples) >= MIN_SAMPLES]


def _relative(by_time: dict[int, Values]) -> list[tuple[int, Values]]:
    """Ascending, from the first value on: some publishers' rows are out of order and repeated."""
    times = sorted(by_time)[:MAX_SAMPLES]
    return [(at - times[0], by_time[at]) for at in times]


def _labels(folder: Path, source: Source) -> dict[str, tuple[str, tuple[str, str] | None]]:
    if source.labels is None or not (folder / source.labels).is_file():
        return {}
    return {row[source.label_key]: (row[source.label_text], _position(row)) for row in _rows(folder / source.labels)}


def _position(row: dict[str, str]) -> tuple[str, str] | None:
    if row.get("latitude") and row.get("longitude"):
        return row["latitude"], row["longitude"]
    return None


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _seconds(text: str) -> int:
    """Unix seconds of an ISO time; local times are taken as they are, since only differences matter."""
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
