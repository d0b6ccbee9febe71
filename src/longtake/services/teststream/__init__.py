"""The live service of the generated test stream: paced by the wall clock, served as HLS on loopback."""

from longtake.services.teststream.origin import TestStreamOrigin

__all__ = ["TestStreamOrigin"]
