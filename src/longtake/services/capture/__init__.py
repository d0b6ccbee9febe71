"""Capture: live playlists to segment files.

One ``Recorder`` per channel and quality, all in one process; none waits for another. The way of one segment:
``recorder`` polls the playlist, ``core.live`` decides, ``fetching`` downloads and keeps, ``report`` says so.
"""
