"""The OpenAPI document of ``/api/v1``, without a server: what the pages' types are made from.

``python -m longtake.app.openapi`` prints it; ``make format`` keeps web/src/lib/api/openapi.json, and a test watches it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from longtake.adapters.store.disk import DiskStore
from longtake.adapters.store.status_words import ServiceStatus
from longtake.adapters.web.app import build_api
from longtake.kit.clock import SystemClock
from longtake.services.serve.api import Api


def openapi_text() -> str:
    """As JSON with sorted keys, ending in a newline."""
    store = DiskStore(Path())  # opened by nothing that is done here
    api = build_api([Api(store, _nothing_said, SystemClock()).router()], ())
    store.close()
    return json.dumps(api.openapi(), indent=2, sort_keys=True) + "\n"


async def _nothing_said() -> list[ServiceStatus]:
    return []


if __name__ == "__main__":
    sys.stdout.write(openapi_text())
