"""AES in CBC mode with PKCS#7 padding, undone piece by piece."""

from __future__ import annotations

from Crypto.Cipher import AES

BLOCK_BYTES = 16


class BadPadding(Exception):
    """What is at the end, ``block``, is no padding: the key is wrong, or something is missing."""

    def __init__(self, block: bytes) -> None:
        super().__init__("no padding")
        self.block = block


class CutBlock(Exception):
    """It ends within a block: something is missing."""


class CbcDecryptor:
    """Of one message. Give it all pieces in order, then ``finish``.

    The last whole block is held back until it is known whether more comes: there may be padding in it.
    """

    def __init__(self, key: bytes, iv: bytes) -> None:
        """16 bytes each."""
        self._cipher = AES.new(key, AES.MODE_CBC, iv=iv)
        self._held = b""

    def update(self, piece: bytes) -> bytes:
        """What is clear so far, and was not returned before."""
        data = self._held + piece if self._held else piece
        usable = max(0, len(data) - 1) // BLOCK_BYTES * BLOCK_BYTES
        self._held = bytes(data[usable:])
        return self._cipher.decrypt(memoryview(data)[:usable]) if usable else b""

    def finish(self) -> bytes:
        """The last block, without its padding. Nothing, if nothing came. Raises BadPadding, CutBlock."""
        if not self._held:
            return b""
        if len(self._held) < BLOCK_BYTES:
            raise CutBlock
        return unpadded(self._cipher.decrypt(self._held))


def unpadded(block: bytes) -> bytes:
    """A last block without its padding (RFC 5652 6.3). Raises BadPadding, which has the block as it is."""
    count = block[-1]
    if not 1 <= count <= BLOCK_BYTES or block[-count:] != bytes([count]) * count:
        raise BadPadding(block)
    return block[:-count]
