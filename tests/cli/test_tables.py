"""Tables fit where they are shown, and say all in a pipe."""

from __future__ import annotations

from rich.cells import cell_len

from longtake.cli.tables import Column, fitted

Row = dict[str, str]
COLUMNS: list[Column[Row]] = [
    Column(header="name", cell=lambda row: row["name"], worth=9, is_number=False),
    Column(header="much", cell=lambda row: row.get("much", ""), worth=8),
    Column(header="doubtful", cell=lambda row: row.get("doubtful", ""), worth=5, rare=True),
    Column(header="files", cell=lambda row: row.get("files", ""), worth=1),
]
ROWS: list[Row] = [{"name": "a", "much": "12", "files": "3"}, {"name": "longer", "files": "1,000"}]


def shown(rows: list[Row], width: int | None) -> list[str]:
    table = fitted(COLUMNS, rows, width)
    return ["".join(text for text, _ in line) for line in [table.header(), *map(table.line, rows)]]


def test_names_stand_left_and_numbers_right() -> None:
    assert [line.rstrip() for line in shown(ROWS, None)] == [
        "name    much  files",
        "a         12      3",
        "longer        1,000",
    ]


def test_a_rare_column_is_there_once_it_says_something() -> None:
    assert "doubtful" in shown([*ROWS, {"name": "b", "doubtful": "1"}], None)[0]


def test_what_is_worth_least_goes_first_and_two_columns_stay() -> None:
    assert shown(ROWS, 12)[0].split() == ["name", "much"]
    assert shown(ROWS, 3)[0].split() == ["name", "much"]
    assert fitted(COLUMNS, ROWS, 19).width == 19


def test_wide_characters_and_odd_ones_keep_the_columns_in_line() -> None:
    lines = shown(
        [{"name": "日本語", "much": "1"}, {"name": "x\x9b31m", "much": "2"}, {"name": "a", "much": "3"}], None
    )
    assert len({cell_len(line) for line in lines}) == 1
    assert "x\\x9b31m" in lines[2]


def test_no_rows_are_no_trouble() -> None:
    assert shown([], 80)[0].split() == ["name", "much", "files"]
