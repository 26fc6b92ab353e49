"""What is over is forgotten at last; what is not, never."""

from collections.abc import Iterator

import pytest
from civicroot_backend.alarms import keeping
from civicroot_backend.database.alarm_tables import alarm_messages, alarm_notices
from sqlalchemy import func, select

from tests.backend.alarms.conftest import FULL, Watch
from tests.backend.alarms.receivers import Hook, web_server
from tests.backend.alarms.test_telling import HERE, dispatcher, target

pytestmark = pytest.mark.parametrize("watch", [HERE], indirect=True)


@pytest.fixture
def hook() -> Iterator[Hook]:
    with web_server() as server:
        yield server


def kept(watch: Watch) -> tuple[list[str], list[str], int, int]:
    """Subjects that are open and over, how many messages and notices there are."""
    with watch.city.backend.database.read() as connection:
        numbers = [
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (alarm_messages, alarm_notices)
        ]
    opened, over = ([one["subject"] for one in watch.open(state=state)] for state in ("open", "over"))
    return opened, over, numbers[0], numbers[1]


def test_what_is_over_is_forgotten_after_two_years_and_what_is_open_is_not(watch: Watch, hook: Hook) -> None:
    made = target(watch, "webhook", hook.url)
    watch.make({**FULL, "for_seconds": 0, "targets": [made["target"]["id"]]})
    emptied, full = (watch.city.enrol_device(f"bin/{number}") for number in (1, 2))
    for key, percent in ((emptied, 95), (emptied, 10), (full, 95)):
        watch.fill(key, percent)
        watch.judge()
        dispatcher(watch).step()
    before = (["bin/2"], ["bin/1"], 3, 3)
    watch.city.city.now += keeping.KEPT_SECONDS
    watch.city.backend.forget_old()
    assert kept(watch) == before, "not a second early"
    watch.city.city.now += 1
    watch.fill(emptied, 95, at=watch.now - keeping.KEPT_SECONDS - 60)
    watch.fill(emptied, 10, at=watch.now - keeping.KEPT_SECONDS - 30)
    watch.judge()
    assert kept(watch)[1] == ["bin/1", "bin/1"]
    watch.city.backend.forget_old()
    left = (["bin/2"], ["bin/1"], 1, 2)
    assert kept(watch) == left, "what came late is kept from then on, and what was told of the open one is there"
    watch.fill(full, 10)
    watch.judge()
    assert dispatcher(watch).step() == 1
    assert b"alarm.cleared" in hook.requests[-1].body, "who was told that it began is told that it is over"
