"""DuckDB's tables of readings and the questions to them.

Readings come in the order of acceptance, in which the rows of one device lie everywhere: a question about one would go
through all of them. So they wait in `reading`, and every SETTLED_AT rows the oldest are moved to `settled` as one
sorted run. DuckDB keeps the least and the greatest kid of every group of rows, and reads of each run only the groups
that a device can be in: of ten million numbers some milliseconds instead of 80 to 130 (docs/benchmarks.md).
"""

SETTLED_AT = 500_000  # rows: read through in 5 ms, sorted in one second of every some hundred thousand records
ROW_GROUP = 16_384  # rows, of DuckDB's usual 122,880: a run has 30 groups, and a device is in one or two of them

USE = "USE telemetry"  # of every cursor: none has it from its connection

SCHEMA = """
CREATE TABLE IF NOT EXISTS reading (
    position BIGINT NOT NULL, kid BLOB NOT NULL, subject VARCHAR NOT NULL, seq BIGINT NOT NULL,
    placed BIGINT NOT NULL, time BIGINT NOT NULL, received BIGINT NOT NULL,
    name VARCHAR NOT NULL, unit VARCHAR NOT NULL, kind VARCHAR NOT NULL,
    number DOUBLE, text VARCHAR, data BLOB
);
CREATE TABLE IF NOT EXISTS settled AS FROM reading WITH NO DATA;
CREATE OR REPLACE VIEW every_reading AS FROM settled UNION ALL FROM reading;
CREATE TABLE IF NOT EXISTS projection (position BIGINT NOT NULL);
INSERT INTO projection SELECT -1 WHERE NOT EXISTS (FROM projection);
"""

WAITING = "SELECT count(*) FROM reading"
# Whole records: those of one position stay together.
LAST_TO_SETTLE = "SELECT position FROM reading ORDER BY position LIMIT 1 OFFSET ?"
SETTLE = (
    "INSERT INTO settled FROM reading WHERE position <= ? ORDER BY kid, placed",
    "DELETE FROM reading WHERE position <= ?",
)
FORGET = ("DELETE FROM reading", "DELETE FROM settled")

_MINE = """
FROM every_reading
WHERE kid = $kid AND name = $name AND placed >= $start AND placed < $end AND number IS NOT NULL
"""

HISTORY = f"""
SELECT $start + (placed - $start) // $width * $width AS bucket, avg(number), min(number), max(number), count(*)
{_MINE}
GROUP BY bucket ORDER BY bucket
"""

COURSE = f"""
WITH kept AS (
    SELECT [
        arg_min(row(placed, seq, number), row(placed, seq)), arg_max(row(placed, seq, number), row(placed, seq)),
        arg_min(row(placed, seq, number), row(number, placed, seq)),
        arg_min(row(placed, seq, number), row(-number, placed, seq))
    ] AS samples, sum(count(*)) OVER () AS total
    {_MINE}
    GROUP BY (placed - $start) // $width
)
SELECT DISTINCT unnest(samples) AS sample, total FROM kept ORDER BY sample
"""

LATEST = """
SELECT kid, subject, seq, time, received, name, unit, kind, number, text, data, position
FROM every_reading WHERE kid = ?
QUALIFY row_number() OVER (PARTITION BY name ORDER BY placed DESC, seq DESC, position DESC) = 1
ORDER BY name
"""
