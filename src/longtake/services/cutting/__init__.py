"""Cuts: a range of a recording as one stream of bytes, for whoever sends or stores it."""
