"""What went wrong with a request, in words that follow the address and show nothing of it."""

from __future__ import annotations

import errno
import os
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp

BAD_REDIRECTS = (aiohttp.InvalidUrlRedirectClientError, aiohttp.NonHttpUrlRedirectClientError)

_CERTIFICATE = {
    9: "is not valid yet: one of the two clocks may be wrong",
    10: "has expired",
    18: "is signed by nobody but itself",
    19: "goes back to an authority that is not known here",
    20: "comes from an authority that is not known here",
    21: "comes from an authority that is not known here",
    62: "is for another host name",
    64: "is for another address",
}
"""By OpenSSL's number (X509_V_ERR_…)."""


def reason_of(error: BaseException) -> str:
    """Of what aiohttp or the system raised while asking or reading."""
    if isinstance(error, TimeoutError):
        return "gave no answer in time"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"has a TLS certificate that {_of_certificate(error.certificate_error)}"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "has a host name that cannot be found"
    if isinstance(error, aiohttp.ClientSSLError):
        return "does not speak TLS as we do"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"cannot be reached: {_of_system(error.os_error)}"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "broke off its answer"
    if isinstance(error, aiohttp.TooManyRedirects):
        return "redirects in a circle, or too often"
    if isinstance(error, BAD_REDIRECTS):
        return "redirects to what is no http or https URL"
    if isinstance(error, aiohttp.ClientResponseError):
        return "answers with what is no HTTP"
    return _of_connection(error)


def _of_connection(error: BaseException) -> str:
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "closed the connection instead of answering"
    if isinstance(error, OSError) and error.errno == errno.ECONNRESET:
        return "reset the connection"
    return f"broke the connection ({type(error).__name__})"


def _of_certificate(error: Exception) -> str:
    code = error.verify_code if isinstance(error, ssl.SSLCertVerificationError) else None
    return _CERTIFICATE.get(code or 0, "cannot be verified")


def _of_system(error: OSError) -> str:
    """A host with several addresses may fail in several ways, and then has no number."""
    return os.strerror(error.errno).lower() if error.errno else "none of its addresses answers"


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Of Retry-After (RFC 9110 10.2.3), seconds or a date by the server's own clock; None without a sensible one."""
    stated = headers.get("Retry-After", "").strip()
    if stated.isascii() and stated.isdecimal():
        return float(stated)
    until = _date(stated)
    if until is None:
        return None
    return max(0.0, (until - (_date(headers.get("Date", "")) or now)).total_seconds())


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)
