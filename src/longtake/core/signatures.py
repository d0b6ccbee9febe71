"""Signatures of requests between nodes that share a secret: HMAC-SHA256 (RFC 2104) over all that a request says.

``Authorization: Longtake at=SECONDS,mac=HEX``. What is signed: the method, the path, the query, the body and the time.
The path counts as it is understood, decoded: a proxy may write ``:`` as ``%3A``, or the other way round. The host does not
count, since proxies have names of their own; so what one node of the team was asked may be asked of another, within the
minutes that a signature holds. Nothing is kept secret by it: for that there is TLS.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from urllib.parse import unquote_to_bytes

SCHEME = "Longtake"
"""Of the Authorization header, and of the challenge in WWW-Authenticate."""
HEADER = "Authorization"
BESIDE = "Longtake-Authorization"
"""Where a signature stands if that header has the user and password for a proxy in front of the node."""
HOLDS_S = 300
"""So far the clocks of two nodes may be apart, and so long a request may be on its way."""
_FORM = re.compile(rf"{SCHEME} at=(\d{{1,12}}),mac=([0-9a-f]{{64}})", re.ASCII)
_PURPOSE = b"longtake request 1"
"""So that no signature for another purpose, or of a later form, is good for this one."""


def sign(secret: bytes, *, method: str, target: str, now_s: int, body: bytes = b"") -> str:
    """The value of ``HEADER``, or of ``BESIDE``. ``target``: the path, and the query if there is one, as sent."""
    return f"{SCHEME} at={now_s},mac={_mac(secret, method, target, now_s, body)}"


def is_signed(
    secret: bytes, header: str | None, *, method: str, target: str, now_s: int, body: bytes = b""
) -> bool:
    """Whether the header is what who knows the secret wrote for this very request, at most ``HOLDS_S`` ago."""
    match = _FORM.fullmatch(header or "")
    if match is None:
        return False
    at_s = int(match[1])
    expected = _mac(secret, method, target, at_s, body)
    return hmac.compare_digest(expected, match[2]) and abs(now_s - at_s) <= HOLDS_S


def _mac(secret: bytes, method: str, target: str, at_s: int, body: bytes) -> str:
    """Every part but the last is free of line breaks, so that no two requests have the same text."""
    path, question, query = target.partition("?")
    parts = (
        _PURPOSE,
        str(at_s).encode(),
        method.encode(),
        hashlib.sha256(body).hexdigest().encode(),
        hashlib.sha256(unquote_to_bytes(path)).hexdigest().encode(),
        (question + query).encode(),
    )
    return hmac.new(secret, b"\n".join(parts), hashlib.sha256).hexdigest()
