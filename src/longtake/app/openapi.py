"""The OpenAPI document of ``/api/v1``, without a server: what the pages' types are made from.

``python -m longtake.app.openapi`` prints it; ``make format`` keeps web/src/lib/api/openapi.json, and a test watches it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from longtake.adapters.store.disk import DiskStore
from longtake.adapters.store.status_words import ServiceStatus
from longtake.adapters.web.app import build_api
from longtake.adapters.web.signed import Signatures
from longtake.app.settings import Settings
from longtake.app.wiring.team import team_routers
from longtake.core.frames import SegmentFrames
from longtake.kit.clock import SystemClock
from longtake.services.serve.api import Api
from longtake.services.serve.frame_times import FrameTimesApi
from longtake.services.serve.transitions import transitions_router


def openapi_text() -> str:
    """As JSON with sorted keys, ending in a newline."""
    store = DiskStore(Path())  # opened by nothing that is done here
    routers = [
        Api(store, _nothing_said, SystemClock()).router(),
        FrameTimesApi(store, _NoFrames()).router(),
        transitions_router(),
        *team_routers(Settings(), Signatures(None, SystemClock())),
    ]
    api = build_api(routers, ())
    store.close()
    return json.dumps(api.openapi(), indent=2, sort_keys=True) + "\n"


class _NoFrames:
    async def frame_times(
        self, channel: str, quality: str, *, start_us: int, end_us: int
    ) -> Sequence[SegmentFrames]:
        return ()


async def _nothing_said() -> list[ServiceStatus]:
    return []


if __name__ == "__main__":
    sys.stdout.write(openapi_text())
