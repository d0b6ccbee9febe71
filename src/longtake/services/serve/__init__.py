"""The web process: HTTP for nodes and players, for people and their pages.

One file per group of routes. Hot routes (listings, files, playlists, cuts) are plain Starlette; ``/api/v1`` is FastAPI
and described by OpenAPI. ``problems`` alone knows which error is which status.
"""
