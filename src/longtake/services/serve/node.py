"""What operators and machines ask of a node: health, metrics, and which known routes are still to come."""

from __future__ import annotations

import os
from collections.abc import Callable

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from longtake.core.errors import Unsupported
from longtake.kit.clock import Clock
from longtake.kit.metrics import ExportedMetric, export_metrics, exposition, gauge
from longtake.services.serve.api import ReadServices

NOT_YET = (
    ("/{channel}/chat.json", ["GET"], "chat is not recorded yet"),
    ("/waveform/{channel}/{file}", ["GET"], "waveforms are not there yet"),
    ("/thumbnail/{channel}/{file}", ["GET", "POST"], "thumbnails are not there yet"),
    ("/generate_videos/{channel}/{quality}", ["POST"], "videos are made by cuts, not by this route"),
)
"""Routes of the node API that answer 501: path, methods, and the reason in words."""
_OURSELVES = "serve"


class NodeRoutes:
    """``registry`` is this process's own."""

    def __init__(self, registry: CollectorRegistry, read_services: ReadServices, clock: Clock) -> None:
        self._registry = registry
        self._read_services = read_services
        self._clock = clock

    def routes(self) -> list[Route]:
        """Health, metrics, and the routes to come."""
        return [
            Route("/healthz", self.health),
            Route("/metrics", self.metrics),
            *(Route(path, _not_yet(why), methods=methods) for path, methods, why in NOT_YET),
        ]

    async def health(self, request: Request) -> Response:
        """This process answers."""
        return Response('{"status":"ok"}', media_type="application/json")

    async def metrics(self, request: Request) -> Response:
        """Prometheus text: this process's metrics, and those in the status files of the other living ones.

        ``longtake_service_up`` says who lives; a dead process's last numbers would look like the truth.
        """
        now_us = self._clock.now_us()
        services = await self._read_services()
        ours = (one.name for one in services if (one.service, one.pid) == (_OURSELVES, os.getpid()))
        ourselves = next(ours, _OURSELVES)
        metrics = {ourselves: [_up(True), *export_metrics(self._registry)]}
        for service in services:
            alive = service.is_fresh(now_us=now_us)
            metrics.setdefault(service.name, [_up(alive), *(service.metrics if alive else ())])
        return Response(exposition(metrics.items()), media_type=CONTENT_TYPE_PLAIN_0_0_4)


def _up(alive: bool) -> ExportedMetric:
    return gauge("longtake_service_up", "Whether the process has spoken in the last seconds", float(alive))


def _not_yet(why: str) -> Callable[[Request], Response]:
    def not_yet(request: Request) -> Response:
        raise Unsupported(why)

    return not_yet
