"""Answers that are a text which the client may have already: 304 then, and compressed for who takes that.

For texts that are made anew for each request and are not long, since all of it happens in the loop: some 10 us for 10 kB,
0.1 ms if compressed. Long ones are made of pieces (``kit.gzip_pieces``) and tagged by what they are made of.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from longtake.adapters.web.encodings import chosen_form
from longtake.core.names import hash_text

_WORTH_BYTES = 1000
"""What is shorter fits in one packet as it is."""
_FASTEST = 1
_GZIP = zlib.MAX_WBITS | 16
_NOTHING: Mapping[str, str] = {}


def text_answer(
    request: Request, text: str | bytes, *, media_type: str, headers: Mapping[str, str] = _NOTHING
) -> Response:
    """The text or 304, with a strong ETag that is the hash of its bytes. The server leaves out the body of a HEAD.

    ``headers`` go with both, so that Cache-Control does (RFC 9110 15.4.5).
    """
    body = text.encode() if isinstance(text, str) else text
    tag = f'"{hash_text(hashlib.sha256(body).digest())}"'
    form = chosen_form(request, tag, worth_gzip=len(body) > _WORTH_BYTES)
    told = {**headers, **form.headers}
    if form.is_known:
        return Response(status_code=304, headers=told)
    if form.is_gzip:
        body = zlib.compress(body, _FASTEST, _GZIP)
    return Response(body, headers=told, media_type=media_type)
