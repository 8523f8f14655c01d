"""The demo file is the same each time, and as dirty as a real export."""

from itertools import islice

from demo.generate import HEADERS, rows


def test_the_same_seed_gives_the_same_rows():
    assert list(islice(rows(2_000), 500)) == list(islice(rows(2_000), 500))
    assert list(islice(rows(2_000, seed=1), 50)) != list(islice(rows(2_000, seed=2), 50))


def test_it_has_the_asked_number_of_rows_and_the_dirt_of_real_files():
    sheet = list(rows(6_000))
    assert len(sheet) == 6_000
    assert all(len(row) == len(HEADERS) for row in sheet)
    cancelled = [row for row in sheet if str(row[0]).startswith("C")]
    assert cancelled and all(row[3] < 0 for row in cancelled)
    assert any(row[3] < 0 for row in sheet if not str(row[0]).startswith("C")), "stock corrections"
    assert any(row[5] == 0 and row[3] > 0 for row in sheet), "free goods"
    assert any(row[6] == "" for row in sheet), "sales without customer"
    assert {type(row[1]) for row in sheet} == {int, str}, "codes are numbers and texts"
    assert any(isinstance(row[1], str) and row[1] != row[1].strip() for row in sheet)
    assert {str(row[1]).upper() for row in sheet} & {"POST", "DOT", "C2", "M"}
