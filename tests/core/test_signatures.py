"""Signed requests: what was signed holds, for minutes; whatever else is asked, by whomever, does not."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtake.core.signatures import HOLDS_S, is_signed, sign

SECRET = b"a secret of sixteen or more"
NOW_S = 1_731_194_940
ASKED: dict[str, Any] = {
    "method": "POST",
    "target": "/api/v1/suspicions?from=north",
    "body": b'{"channel":"demo"}',
}
SIGNED = sign(SECRET, now_s=NOW_S, **ASKED)


def test_the_form_of_the_header() -> None:
    scheme, _, rest = SIGNED.partition(" ")
    at, mac = rest.split(",")
    assert (scheme, at) == ("Longtake", f"at={NOW_S}")
    text = b"\n".join(
        [
            b"longtake request 1",
            str(NOW_S).encode(),
            b"POST",
            hashlib.sha256(b'{"channel":"demo"}').hexdigest().encode(),
            hashlib.sha256(b"/api/v1/suspicions").hexdigest().encode(),
            b"?from=north",
        ]
    )
    assert mac == "mac=" + hmac.new(SECRET, text, "sha256").hexdigest()


def test_what_was_signed_holds() -> None:
    assert is_signed(SECRET, SIGNED, now_s=NOW_S, **ASKED)


@pytest.mark.parametrize(
    ("late_s", "holds"), [(HOLDS_S, True), (-HOLDS_S, True), (301, False), (-301, False)]
)
def test_it_holds_for_five_minutes_by_either_clock(late_s: int, holds: bool) -> None:
    assert is_signed(SECRET, SIGNED, now_s=NOW_S + late_s, **ASKED) == holds


@pytest.mark.parametrize(
    "other",
    [
        {"method": "GET"},
        {"target": "/api/v1/suspicions"},
        {"target": "/api/v1/suspicions?from=south"},
        {"target": "/api/v1/suspicion?from=north"},
        {"target": "/api/v1/suspicions%3Ffrom=north"},
        {"body": b""},
        {"body": b'{"channel":"demo"} '},
    ],
    ids=str,
)
def test_another_request_is_not_signed_by_it(other: dict[str, Any]) -> None:
    assert not is_signed(SECRET, SIGNED, now_s=NOW_S, **{**ASKED, **other})


def test_another_secret_does_not_do() -> None:
    assert not is_signed(b"another secret of the same kind", SIGNED, now_s=NOW_S, **ASKED)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Longtake",
        SIGNED.replace("Longtake", "Basic"),
        SIGNED.upper(),
        SIGNED + " ",
        SIGNED + "\n",
        SIGNED[:-1],
        SIGNED.replace(f"at={NOW_S}", f"at={NOW_S + 1}"),
        SIGNED.replace("at=", "at=+"),
        SIGNED.replace("at=1", "at=\u0661"),
        f"Longtake at={'9' * 5000},mac={'0' * 64}",
    ],
    ids=lambda header: repr(header)[:40],
)
def test_what_is_no_header_of_ours_does_not_do(header: str | None) -> None:
    assert not is_signed(SECRET, header, now_s=NOW_S, **ASKED)


def test_a_proxy_may_write_the_path_another_way() -> None:
    signed = sign(SECRET, method="GET", target="/files/demo/gr%C3%BCn%3A", now_s=NOW_S)
    for target in ("/files/demo/gr%c3%bcn:", "/files/demo/grün%3A"):
        assert is_signed(SECRET, signed, method="GET", target=target, now_s=NOW_S)


@given(
    st.tuples(st.text(), st.binary(), st.integers(0, 10**11)),
    st.tuples(st.text(), st.binary(), st.integers(0, 10**11)),
)
def test_no_two_requests_share_a_signature(
    one: tuple[str, bytes, int], other: tuple[str, bytes, int]
) -> None:
    targets = [f"/{target.replace('%', '')}" for target, _, _ in (one, other)]
    macs = [
        sign(SECRET, method="GET", target=target, now_s=at_s, body=body).partition("mac=")[2]
        for target, (_, body, at_s) in zip(targets, (one, other), strict=True)
    ]
    same = (targets[0], *one[1:]) == (targets[1], *other[1:])
    assert (macs[0] == macs[1]) == same
