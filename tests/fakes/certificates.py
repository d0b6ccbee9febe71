"""TLS certificates made on the spot: signed by themselves, or by an authority of ours; expired, or for another host."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from Crypto.Hash import SHA256
from Crypto.PublicKey import ECC
from Crypto.Signature import DSS
from Crypto.Util.asn1 import DerBitString, DerObjectId, DerOctetString, DerSequence, DerSetOf

_ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2"
_COMMON_NAME = "2.5.4.3"
_ALTERNATIVE_NAMES = "2.5.29.17"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What a server shows. ``signer`` is the common name of an authority that nobody knows, None for itself."""

    host: str = "localhost"
    begins: timedelta = timedelta(days=-1)
    ends: timedelta = timedelta(days=1)
    signer: str | None = None

    def context(self, folder: Path) -> ssl.SSLContext:
        """For a server; its files go into the folder."""
        path = folder / "certificate.pem"
        own = ECC.generate(curve="P-256")
        other = ECC.generate(curve="P-256") if self.signer else own
        path.write_text(f"{own.export_key(format='PEM')}\n{_pem(self._signed(own, other))}")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _signed(self, own: ECC.EccKey, other: ECC.EccKey) -> bytes:
        """RFC 5280 4.1."""
        to_sign = DerSequence(
            [
                _tagged(0xA0, b"\x02\x01\x02"),  # version 3
                1,
                _algorithm(),
                _name(self.signer or self.host),
                DerSequence([_time(self.begins), _time(self.ends)]).encode(),
                _name(self.host),
                own.public_key().export_key(format="DER"),
                _tagged(0xA3, DerSequence([_alternative_name(self.host)]).encode()),
            ]
        ).encode()
        signature = DSS.new(other, "fips-186-3", encoding="der").sign(SHA256.new(to_sign))
        return DerSequence([to_sign, _algorithm(), DerBitString(signature).encode()]).encode()


def _tagged(tag: int, content: bytes) -> bytes:
    """All that is so tagged here is shorter than 128 bytes (X.690 8.1.3.4)."""
    return bytes([tag, len(content)]) + content


def _algorithm() -> bytes:
    return DerSequence([DerObjectId(_ECDSA_WITH_SHA256).encode()]).encode()


def _name(common: str) -> bytes:
    text = _tagged(0x0C, common.encode())
    return DerSequence(
        [DerSetOf([DerSequence([DerObjectId(_COMMON_NAME).encode(), text]).encode()]).encode()]
    ).encode()


def _time(from_now: timedelta) -> bytes:
    text = (datetime.now(UTC) + from_now).strftime("%y%m%d%H%M%SZ")
    return _tagged(0x17, text.encode())


def _alternative_name(host: str) -> bytes:
    names = DerSequence([_tagged(0x82, host.encode())]).encode()
    return DerSequence([DerObjectId(_ALTERNATIVE_NAMES).encode(), DerOctetString(names).encode()]).encode()


def _pem(content: bytes) -> str:
    return ssl.DER_cert_to_PEM_cert(content)
