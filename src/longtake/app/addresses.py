"""Whether an address can be listened on."""

from __future__ import annotations

import errno
import socket

from longtake.core.errors import LongtakeError


def check_address(host: str, port: int) -> None:
    """Raises LongtakeError if the address is in use, or not this machine's.

    Granian shares its port with others of its kind (SO_REUSEPORT), so a second server would start without a word.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            used = error.errno == errno.EADDRINUSE
            reason = "it is in use by another program" if used else error.strerror
            raise LongtakeError(
                f"cannot listen on {host}:{port}: {reason}; choose another address with --listen"
            ) from error
