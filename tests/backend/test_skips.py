"""What a key says it skipped: looked up by the numbers at hand, however many it skipped in its life."""

from itertools import pairwise
from typing import Any

from civicroot_backend.database.tables import skips
from civicroot_backend.ingest import history_reader
from civicroot_backend.ingest.examine import GoodRecord
from civicroot_backend.ingest.history import History
from civicroot_backend.ingest.spans import Span, merged
from civicroot_wire import batch, record
from civicroot_wire.sequence import MAX_SKIP
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, insert

from tests.backend.city import batch_message, commit, signed_header, signed_record, sole_verdict
from tests.backend.conftest import Scene

STEP = MAX_SKIP + 1


def skipped_often(scene: Scene, times: int) -> None:
    """As if the device had skipped a whole block before each of so many records."""
    rows = [{"kid": scene.device.kid, "first": at * STEP, "last": at * STEP + MAX_SKIP - 1} for at in range(times)]
    with scene.backend.database.write() as connection:
        connection.execute(insert(skips), rows)


def good(scene: Scene, *seqs: int) -> list[GoodRecord]:
    return [GoodRecord(record.decode(signed_record(scene.device, seq)), bytes(32)) for seq in seqs]


def test_only_skips_near_the_numbers_at_hand_are_read(scene: Scene) -> None:
    skipped_often(scene, 5000)
    history = History()
    with scene.backend.database.read() as connection:
        history_reader.read_records(connection, history, good(scene, 10, 2500 * STEP + 3, 2501 * STEP - 1, 5000 * STEP))
    assert history.is_skipped(scene.device.kid, 10)
    assert history.is_skipped(scene.device.kid, 2500 * STEP + 3)
    assert not history.is_skipped(scene.device.kid, 2501 * STEP - 1)
    assert not history.is_skipped(scene.device.kid, 5000 * STEP)
    assert len(history.skips[scene.device.kid]) <= 8, "a key's whole past is not read for a few of its records"


def test_a_record_within_a_skip_of_long_ago_is_still_refused(scene: Scene) -> None:
    listed = [signed_record(scene.device, at * STEP + MAX_SKIP, skip=MAX_SKIP) for at in range(40)]
    commit(scene.backend, scene.gateway, batch_message(scene.gateway, 0, listed))
    late = [signed_record(scene.device, seq) for seq in (0, 63, 7 * STEP, 7 * STEP + 63, 39 * STEP, 40 * STEP)]
    found = sole_verdict(scene.city, scene.backend, scene.gateway, batch_message(scene.gateway, 1, late))
    assert found.rejected == [(at, "skipped-seq") for at in range(5)]


def test_questions_search_an_index_for_each_span(scene: Scene) -> None:
    """Reading whole tables instead would make every batch slower than the one before."""
    asked: list[tuple[str, Any]] = []
    history, engine = History(), scene.backend.database.engine

    def listen(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", listen)
    header = batch.decode_header(signed_header(scene.gateway, 7, [b""]))
    with scene.backend.database.read() as connection:
        history_reader.read_records(connection, history, good(scene, 10, 1000))
        history_reader.read_batches(connection, history, [header])
        event.remove(engine, "before_cursor_execute", listen)
        questions = [each for each in asked if "wanted" in each[0]]
        assert len(questions) == 4
        for statement, parameters in questions:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            read_whole = [step for step in plan if step.startswith("SCAN ") and "CONSTANT ROW" not in step]
            assert read_whole in ([], ["SCAN wanted"]), plan


keys = st.sampled_from([bytes(8), b"\x01" * 8])
spans = st.lists(
    st.builds(lambda kid, low, more: Span(kid, low, low + more), keys, st.integers(0, 60), st.integers(0, 9))
)


@given(spans)
def test_merged_spans_hold_the_same_numbers_and_do_not_touch(given_spans: list[Span]) -> None:
    found = merged(given_spans)
    assert _numbers(found) == _numbers(given_spans)
    assert all(one.kid != other.kid or one.high + 1 < other.low for one, other in pairwise(found))


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 9))))
def test_a_number_is_skipped_if_it_is_in_one_of_the_ranges(drawn: list[tuple[int, int]]) -> None:
    history, kid, used, skipped_numbers = History(), bytes(8), set[int](), set[int]()
    for seq, skip in drawn:  # accepted as the judge accepts
        block = set(range(max(0, seq - skip), seq))
        if seq not in used | skipped_numbers and not block & used:
            history.add_skip(kid, record.Sequence(seq, len(block)))
            used.add(seq)
            skipped_numbers |= block
    assert {seq for seq in range(210) if history.is_skipped(kid, seq)} == skipped_numbers


def _numbers(listed: list[Span]) -> set[tuple[bytes, int]]:
    return {(span.kid, number) for span in listed for number in range(span.low, span.high + 1)}
