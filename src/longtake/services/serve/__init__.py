"""HTTP for nodes and players: listings, files, playlists, cuts; and what pages ask of a node.

One file per group of routes. Hot routes (listings, files, playlists, cuts) are plain Starlette; ``/api/v1`` is FastAPI
and described by OpenAPI. What is not of this service alone is in ``adapters.web``.
"""
