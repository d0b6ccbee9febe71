"""Capture: live playlists to segment files.

One ``Recorder`` per channel and quality, all in one process; none waits for another. The way of one segment:
``recorder`` polls the playlist, ``core.live`` decides, ``fetching`` gives each segment its turn, ``downloading`` brings its
bytes, ``keeping`` has them judged and stored, ``patience`` and ``copies`` say what is done about the doubtful ones, ``report``
says so. ``disks`` watches the disks, and its gates hold recorders back.
"""
