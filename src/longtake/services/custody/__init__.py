"""Custody of what is recorded. For now: how long it is kept."""
