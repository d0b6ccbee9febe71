"""In which form a text goes out, plain or compressed, and whether the client has it already (RFC 9110 12.5.3 and 13).

The two forms are different bytes, so each has an entity tag of its own (RFC 9110 8.8.3.3); they are the same text, so who
has either is told that nothing changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request

from longtake.adapters.web.parameters import has_tag

_GZIP_SUFFIX = '-gz"'
_WEIGHT = re.compile(r"0(?:\.\d{0,3})?|1(?:\.0{0,3})?", re.ASCII)
_VARY = {"Vary": "Accept-Encoding"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What the answer to one request is.

    ``headers`` tell it: ETag and Vary, and Content-Encoding where a compressed body follows. They belong to the answer
    whether it has a body or not.
    """

    is_known: bool
    """The client has it: 304."""
    is_gzip: bool
    headers: Mapping[str, str]


def chosen_form(request: Request, tag: str, *, worth_gzip: bool = True) -> Form:
    """``tag`` is the entity tag of the plain text, with its quotes. Short texts are not worth compressing."""
    gzip_tag = compressed_tag(tag)
    is_gzip = worth_gzip and accepts_gzip(request)
    own, other = (gzip_tag, tag) if is_gzip else (tag, gzip_tag)
    for held in (own, other):
        if has_tag(request, held):
            # What a cache has is what it must hear of: it knows no other tag (RFC 9111 4.3.4).
            return Form(is_known=True, is_gzip=is_gzip, headers={"ETag": held, **_VARY})
    headers = {"ETag": own, **_VARY}
    if is_gzip:
        headers["Content-Encoding"] = "gzip"
    return Form(is_known=False, is_gzip=is_gzip, headers=headers)


def compressed_tag(tag: str) -> str:
    """Of a text's compressed form."""
    return tag.removesuffix('"') + _GZIP_SUFFIX


def accepts_gzip(request: Request) -> bool:
    """Whether the client takes gzip, and does not like the plain text better.

    Who says nothing gets the plain text, though that could mean anything: many of those decode nothing.
    """
    said = request.headers.getlist("accept-encoding")
    if not said:
        return False
    weights = _weights(",".join(said).lower())
    gzip = next((weights[name] for name in ("gzip", "x-gzip", "*") if name in weights), 0.0)
    return gzip > 0 and gzip >= weights.get("identity", 0.0)


def _weights(header: str) -> dict[str, float]:
    """By name of the coding; those of which the weight makes no sense are not wanted."""
    weights = {}
    for each in header.split(","):
        name, *parameters = each.split(";")
        weights[name.strip()] = _weight(parameters)
    return weights


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return float(value) if _WEIGHT.fullmatch(value := value.strip()) else 0.0
    return 1.0
