"""Filling holes from peers: who they are, which hours differ, and what of an hour is to be pulled."""
