from __future__ import annotations

import pytest
from starlette.requests import Request

from longtake.adapters.web.encodings import Form, accepts_gzip, chosen_form, compressed_tag

TAG, GZIP_TAG = '"a"', '"a-gz"'


def request(*headers: tuple[str, str]) -> Request:
    encoded = [(name.encode(), value.encode()) for name, value in headers]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": encoded})


ACCEPTED = {
    "gzip alone": ["gzip"],
    "among others": ["deflate, gzip, br"],
    "without blanks": ["br,gzip,deflate"],
    "in capitals": ["GZIP"],
    "by its old name": ["x-gzip"],
    "with a weight": ["br;q=1.0, gzip;q=0.2"],
    "with the least weight": ["gzip;q=0.001"],
    "with blanks around its weight": ["gzip ; q = 0.5"],
    "with a capital Q": ["gzip;Q=0.5"],
    "with another parameter": ["gzip;x=1;q=1"],
    "as good as plain": ["gzip, identity"],
    "better than plain": ["identity;q=0.5, gzip"],
    "anything": ["*"],
    "anything, a little": ["*;q=0.1"],
    "plain refused": ["gzip, identity;q=0"],
    "in the second of two headers": ["br", "gzip"],
    "among empty members": [", ,gzip,"],
}
REFUSED = {
    "nothing said": [],
    "an empty header": [""],
    "others alone": ["br, zstd"],
    "plain alone": ["identity"],
    "of no weight": ["gzip;q=0"],
    "of no weight, in decimals": ["gzip;q=0.000"],
    "of no weight, though all else is taken": ["gzip;q=0, *"],
    "nothing at all": ["*;q=0"],
    "less than plain": ["gzip;q=0.5, identity"],
    "a weight that is too big": ["gzip;q=2"],
    "a weight that is no number": ["gzip;q=nan"],
    "a weight that is empty": ["gzip;q="],
    "a longer name": ["gzipped"],
}


@pytest.mark.parametrize("said", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_who_takes_gzip(said: list[str]) -> None:
    assert accepts_gzip(request(*(("accept-encoding", each) for each in said)))


@pytest.mark.parametrize("said", REFUSED.values(), ids=REFUSED.keys())
def test_who_does_not(said: list[str]) -> None:
    assert not accepts_gzip(request(*(("accept-encoding", each) for each in said)))


GZIP = ("accept-encoding", "gzip")
NEW = {
    "plain": ([], False, {"ETag": TAG}),
    "compressed": ([GZIP], True, {"ETag": GZIP_TAG, "Content-Encoding": "gzip"}),
    "plain, when another version is known": ([("if-none-match", '"b", "b-gz"')], False, {"ETag": TAG}),
}
KNOWN = {
    "plain": ([("if-none-match", TAG)], TAG),
    "plain, and could be compressed": ([GZIP, ("if-none-match", TAG)], TAG),
    "compressed": ([GZIP, ("if-none-match", GZIP_TAG)], GZIP_TAG),
    "compressed, and is asked for plain": ([("if-none-match", GZIP_TAG)], GZIP_TAG),
    "both, asked for plain": ([("if-none-match", f"{GZIP_TAG}, {TAG}")], TAG),
    "both, asked for compressed": ([GZIP, ("if-none-match", f"{TAG}, {GZIP_TAG}")], GZIP_TAG),
    "weakly": ([GZIP, ("if-none-match", f"W/{GZIP_TAG}")], GZIP_TAG),
    "among others": ([("if-none-match", f'"c", W/{TAG} ,"d"')], TAG),
    "any of it": ([("if-none-match", "*")], TAG),
}


@pytest.mark.parametrize(("headers", "is_gzip", "told"), NEW.values(), ids=NEW.keys())
def test_what_is_new_to_the_client(
    headers: list[tuple[str, str]], is_gzip: bool, told: dict[str, str]
) -> None:
    assert chosen_form(request(*headers), TAG) == Form(
        is_known=False, is_gzip=is_gzip, headers={**told, "Vary": "Accept-Encoding"}
    )


@pytest.mark.parametrize(("headers", "held"), KNOWN.values(), ids=KNOWN.keys())
def test_what_the_client_has_is_told_by_the_tag_that_it_has(
    headers: list[tuple[str, str]], held: str
) -> None:
    form = chosen_form(request(*headers), TAG)
    assert form.is_known
    assert form.headers == {"ETag": held, "Vary": "Accept-Encoding"}


def test_what_is_not_worth_it_stays_plain_and_still_varies() -> None:
    form = chosen_form(request(GZIP), TAG, worth_gzip=False)
    assert form == Form(is_known=False, is_gzip=False, headers={"ETag": TAG, "Vary": "Accept-Encoding"})


def test_the_compressed_form_has_a_tag_of_its_own() -> None:
    assert compressed_tag('"x-y"') == '"x-y-gz"'
    assert compressed_tag('W/"x"') == 'W/"x-gz"'
