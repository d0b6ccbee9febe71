"""What operators and machines ask of a node: health, metrics, and which known routes are still to come."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from longtake.adapters.store.status_files import ServiceStatus
from longtake.core.errors import Unsupported
from longtake.kit.metrics import ForeignMetrics

NOT_YET = (
    ("/extras/{path:path}", ["GET"], "extra folders are not listed yet"),
    ("/{channel}/chat.json", ["GET"], "chat is not recorded yet"),
    ("/frame/{channel}/{file}", ["GET"], "single frames are not there yet"),
    ("/waveform/{channel}/{file}", ["GET"], "waveforms are not there yet"),
    ("/thumbnail/{channel}/{file}", ["GET", "POST"], "thumbnails are not there yet"),
    ("/generate_videos/{channel}/{quality}", ["POST"], "videos are made by cuts, not by this route"),
)
"""Routes of the node API that answer 501: path, methods, and the reason in words."""


class NodeRoutes:
    """``registry`` is this process's own; ``read_services`` gives what all services last said."""

    def __init__(
        self, registry: CollectorRegistry, read_services: Callable[[], Sequence[ServiceStatus]]
    ) -> None:
        self._registry = registry
        self._read_services = read_services
        self._others = ForeignMetrics()
        registry.register(self._others)

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
        """Prometheus text: this process's metrics, and those in the status files."""
        self._others.replace(
            [family for service in self._read_services() for family in service["metrics"]]  # type: ignore[misc]
        )
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)


def _not_yet(why: str) -> Callable[[Request], Response]:
    def not_yet(request: Request) -> Response:
        raise Unsupported(why)

    return not_yet
