"""Fragmented MP4 (ISO/IEC 14496-12, 8.8) as far as a look at a segment needs it.

- ``boxes``: where boxes lie, however wrong their sizes are.
- ``tracks``: what an initialisation section says of pictures and sound.
- ``codecs``: the words of RFC 6381 for that.
- ``fragments``: when samples are shown, where they lie, and which are key frames.
"""
