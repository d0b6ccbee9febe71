"""Pulling from peers what this node lacks: segments, chat batches, tombstones and extra files."""
