"""The line of an error: one of 500 characters at most, whatever it quotes."""

import copy

from hypothesis import given
from hypothesis import strategies as st

from features.errors import LONGEST, InputError, OriginError, shortened
from features.names import shown


def test_a_short_line_is_as_it_is() -> None:
    line = f"small.csv: no column {'x' * 100!r}; the file has 'Date'"
    assert str(InputError(line)) == line
    assert str(OriginError(line)) == line
    assert str(copy.copy(InputError(line))) == line


def test_a_long_quotation_is_shortened_and_what_is_said_of_it_stays() -> None:
    line = f"small.csv: no column {'x' * 5000!r}; the file has {'y' * 5000!r}; correct it"
    assert str(InputError(line)) == f"small.csv: no column '{'x' * 60}...'; the file has '{'y' * 60}...'; correct it"


@given(st.text(max_size=3000), st.sampled_from(["'", '"', "`", ""]))
def test_a_line_keeps_its_beginning_and_its_remedy(text: str, mark: str) -> None:
    line = str(InputError(f"the file: {mark}{text}{mark} is no day; write it as YYYY-MM-DD"))
    assert len(line) <= LONGEST
    assert line.startswith("the file: ")
    assert line.endswith("; write it as YYYY-MM-DD")
    assert shortened(line) == line


def test_a_number_of_many_digits_is_quoted_short() -> None:
    assert shown(10**400).endswith("and 341 characters more")
    assert shown(10**5000) == "a number of thousands of digits"
    assert shown(2.5) == "2.5"
