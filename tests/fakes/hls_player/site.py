"""Where the page comes from: a web server in a thread, which has the page and hls.js and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_FILES = {
    "/": (Path(__file__).with_name("page.html"), "text/html"),
    "/hls.js": (
        Path(__file__).parents[3] / "web" / "node_modules" / "hls.js" / "dist" / "hls.js",
        "text/javascript",
    ),
}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """See ``BaseHTTPRequestHandler``."""
        if self.path not in _FILES:
            self.send_error(404)
            return
        path, kind = _FILES[self.path]
        body = path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def player_site() -> Iterator[str]:
    """The page's address, until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, name="player's site")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
