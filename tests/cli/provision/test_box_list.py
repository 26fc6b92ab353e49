"""The list of a box: what is wrong in it is named by row and column before anything starts."""

import csv
import io
from decimal import Decimal
from pathlib import Path

import pytest
from civicroot_cli.main import CommandError
from civicroot_cli.provision import box_list
from civicroot_cli.provision.box_list import COLUMNS
from civicroot_cli.provision.errors import ListError
from civicroot_cli.provision.journal import Journal
from civicroot_wire import cbor
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.cli.provision.street import Street, write_list

HEADER = "subject,asset,label,latitude,longitude"


def test_a_list_as_a_spreadsheet_saves_it(tmp_path: Path) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "photo.jpg")
    path = tmp_path / "box.csv"
    path.write_bytes(
        "\ufeffSubject,asset,label,latitude,longitude,photo\r\n"
        'bin/1,A-1,"Platz, ""der"" Republik",52.50,13.40,photo.jpg\r\ntree/7,,나무,,,\r\n,,,,,\r\n'.encode()
    )
    first, second = box_list.load(path)
    assert (first.label, first.latitude, first.page) == ('Platz, "der" Republik', "52.50", "/b/1")
    assert first.photo == str(tmp_path / "photo.jpg")
    assert (second.subject, second.label, second.page) == ("tree/7", "나무", "/t/7")


ROW_57 = [
    ("bin/56,A,here,52.5x,13.4", "row 57, column latitude: '52.5x' is no number of degrees from -90 to 90"),
    ("bin/56,A,here,52.5,181", "row 57, column longitude: '181' is no number of degrees"),
    ("bin/56,A,here,,13.4", "row 57, column latitude: is missing"),
    ("bin/56,A,here,nan,13.4", "row 57, column latitude"),
    ("bin/56,A,here,1e1,13.4", "row 57, column latitude"),
    (
        "bin/56,A,here,37.5665350999999961,13.4",
        "row 57, column latitude: '37.5665350999999961' is no number of degrees",
    ),
    ("bin/56,A,here,5_2.5,13.4", "row 57, column latitude"),
    ("bin/56,A,here,52.5,1_2", "row 57, column longitude"),
    ("bin/56,A,here,٥٢,13.4", "row 57, column latitude"),
    ("bin/56,A,here,+52.5,13.4", "row 57, column latitude"),
    ("bin/56,A,here,52.,13.4", "row 57, column latitude"),
    ("lamp/56,A,here,,", "row 57, column subject: lamp/56: a device is one of bin, tree"),
    ("bin 56,A,here,,", "row 57, column subject"),
    ("bin/1,A,here,,", "row 57, column subject: bin/1 is in row 2 already"),
    ("bin/56,A", "row 57: 2 cells under 5 columns"),
    ("bin/56," + "A" * 25 + ",here,,", "row 57, column asset: over 24 characters"),
    ("bin/56,A," + "광" * 33 + ",,", "row 57, column label: over 96 bytes"),
    ("bin/56,A\x07,here,,", "row 57, column asset: has characters that cannot be printed"),
]


def test_a_fault_in_row_57_is_named_before_anything_is_started(street: Street, tmp_path: Path) -> None:
    box = write_list(tmp_path / "box.csv", 100)
    good = box.read_text().splitlines()
    for row, says in ROW_57:
        box.write_text("\n".join([*good[:56], row, *good[57:]]) + "\n")
        done = street.provision("--batch", box)
        assert (done.code, done.out) == (2, ""), row
        assert says in done.err and done.err.count("row 57") == 1, (row, done.err)
        assert not street.out.exists()
    dry = street.provision("--batch", box, "--dry-run")
    assert (dry.code, dry.out, dry.err) == (2, "", done.err), "a dry run says the same"


def test_degrees_that_are_taken_are_those_that_an_enrolment_can_carry() -> None:
    for text in ("0", "-0", "90", "-90.000000000000", "37." + "1" * 12):
        (row,) = box_list.read(f"subject,latitude,longitude\nbin/1,{text},{text}\n", Path())
        exponent = Decimal(row.latitude).as_tuple().exponent
        assert isinstance(exponent, int) and -exponent <= cbor.MAX_EXPONENT_SHIFT


def test_all_faults_are_said_at_once() -> None:
    text = HEADER + "\nbin/1,,,91,0\nbin/2,,,0,0\nlamp/3,,,0,200\n"
    with pytest.raises(ListError) as caught:
        box_list.read(text, Path())
    said = str(caught.value)
    assert [where in said for where in ("row 2, column latitude", "row 4, column subject", "row 4, column longitude")]
    assert said.count(";") == 2


@pytest.mark.parametrize(
    "text", ["", "asset\nA\n", "subject,colour\nbin/1,red\n", "subject,subject\nbin/1,bin/1\n", 'subject\n"bin/1\n']
)
def test_a_list_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ListError):
        box_list.read(text, Path())


def test_a_list_in_another_encoding_says_how_to_save_it(tmp_path: Path) -> None:
    path = tmp_path / "box.csv"
    path.write_bytes("subject,label\nbin/1,Münster\n".encode("latin-1"))
    with pytest.raises(ListError, match="CSV UTF-8"):
        box_list.load(path)


@settings(deadline=None)  # a busy machine is no fault
@given(st.lists(st.lists(st.text(max_size=12), max_size=6), max_size=6), st.booleans())
def test_any_table_is_read_or_refused(table: list[list[str]], with_header: bool) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([list(COLUMNS[:5]), *table] if with_header else table)
    _read_or_refuse(out.getvalue())


@settings(deadline=None)  # a busy machine is no fault
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    _read_or_refuse(text)


CELLS = st.text(max_size=8) | st.sampled_from(["bin/1", "tree/2", "a\0b.jpg", ".", "/", "x" * 5000, "52.5", "-1e9"])


@settings(deadline=None)  # a busy machine is no fault
@given(st.tuples(*[CELLS for _ in COLUMNS]))
def test_any_row_of_all_columns_is_read_or_refused(row: tuple[str, ...]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([COLUMNS, row, ("bin/7", *row[1:])])
    _read_or_refuse(out.getvalue())


def test_a_nul_in_a_photos_name_is_named_by_row_and_column() -> None:
    with pytest.raises(ListError, match="row 2, column photo: cannot read"):
        box_list.read("subject,photo\nbin/1,a\0b.jpg\n", Path())


def _read_or_refuse(text: str) -> None:
    try:
        for row in box_list.read(text, Path("/nowhere")):
            assert row.subject.partition("/")[0] in box_list.PAGES
    except ListError:
        pass


def test_a_torn_last_line_of_the_journal_says_nothing_and_a_torn_middle_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    journal.note("bin/1", kid="aa", state="begun")
    journal.note("bin/1", state="asked")
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        found = Journal(path)
        lines = whole[:size].count(b"\n")
        assert found.of("bin/1").get("state") == (None, "begun", "asked")[lines]
        found.note("bin/2", state="begun")
        assert Journal(path).of("bin/2") == {"state": "begun"}
    path.write_bytes(b"nonsense\n" + whole)
    with pytest.raises(CommandError, match="line 1"):
        Journal(path)
