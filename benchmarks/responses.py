"""Where an HTTP/1.1 response ends, told from its bytes as they come, and how long its body was. Bodies are not kept."""

from __future__ import annotations

_HEAD_END = b"\r\n\r\n"
_LONGEST_HEAD_BYTES = 1 << 16
_WITHOUT_BODY = (204, 304)


class UnexpectedResponse(Exception):
    """What makes a measurement worthless: another status, a body that does not end, a closed connection."""


class Response:
    """One response, whose status must be ``expects``."""

    def __init__(self, expects: int) -> None:
        self._expects = expects
        self._head = bytearray()
        self._body: _Sized | _Chunked | None = None

    @property
    def body_bytes(self) -> int:
        """Of the content so far, without the framing of chunks."""
        return self._body.size_bytes if self._body else 0

    def add(self, data: memoryview) -> bool:
        """Whether the response is whole with it. Raises UnexpectedResponse."""
        if not data:
            raise UnexpectedResponse(f"the connection was closed after {bytes(self._head)[:200]!r}")
        if self._body is not None:
            return self._body.add(data)
        self._head += data
        end = self._head.find(_HEAD_END)
        if end < 0:
            if len(self._head) > _LONGEST_HEAD_BYTES:
                raise UnexpectedResponse(f"a head that does not end: {bytes(self._head)[:200]!r}")
            return False
        rest = len(self._head) - end - len(_HEAD_END)
        self._body = self._body_of(bytes(self._head[:end]).lower())
        return self._body.add(data[len(data) - rest :])

    def _body_of(self, head: bytes) -> _Sized | _Chunked:
        first, *lines = head.split(b"\r\n")
        status = int(first.split(b" ", 2)[1])
        if status != self._expects:
            raise UnexpectedResponse(f"{status} instead of {self._expects}: {bytes(self._head)[:600]!r}")
        if status in _WITHOUT_BODY:
            return _Sized(0)
        fields = dict(line.partition(b":")[::2] for line in lines)
        if b"chunked" in fields.get(b"transfer-encoding", b""):
            return _Chunked()
        if b"content-length" not in fields:
            raise UnexpectedResponse(f"a body of unknown length: {head[:200]!r}")
        return _Sized(int(fields[b"content-length"]))


class _Sized:
    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = 0
        self._all_bytes = size_bytes

    def add(self, data: memoryview) -> bool:
        self.size_bytes += len(data)
        if self.size_bytes > self._all_bytes:
            raise UnexpectedResponse(f"{self.size_bytes} bytes instead of {self._all_bytes}")
        return self.size_bytes == self._all_bytes


class _Chunked:
    """RFC 9112 7.1: each chunk has a line with its size before it and an empty one behind it; one of size 0 is last."""

    def __init__(self) -> None:
        self.size_bytes = 0
        self._line = bytearray()
        self._left = 0
        self._is_last = False

    def add(self, data: memoryview) -> bool:
        at = 0
        while at < len(data):
            if self._left:
                step = min(self._left, len(data) - at)
                self._left -= step
                at += step
                continue
            self._line.append(data[at])
            at += 1
            if self._line.endswith(b"\r\n") and self._ends_with_line(bytes(self._line)):
                if at < len(data):
                    raise UnexpectedResponse("more bytes than one response")
                return True
        return False

    def _ends_with_line(self, line: bytes) -> bool:
        self._line.clear()
        if self._is_last:
            return line == b"\r\n"
        size = int(line.partition(b";")[0], 16)
        self._is_last = size == 0
        self._left = size + 2 if size else 0
        self.size_bytes += size
        return False
