"""The process of the generated test stream."""

from __future__ import annotations

from longtake.services.teststream import TestStreamOrigin


async def serve_test_stream(host: str, port: int) -> None:
    """Serves the stream until cancelled."""
    await TestStreamOrigin(host=host, port=port).run()
