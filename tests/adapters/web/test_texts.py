from __future__ import annotations

import gzip
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from prometheus_client import CollectorRegistry
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tests.fakes.raw_http import RawAnswer, raw_answer, raw_request
from tests.fakes.web_routes import WebRoutes, web_routes

from longtake.adapters.web.texts import text_answer

LONG = "".join(f"line {i} ä\n" for i in range(500))
SHORT = "short\n"
TEXTS: dict[str, str | bytes] = {"long": LONG, "bytes": LONG.encode(), "short": SHORT, "empty": ""}
GZIP = b"Accept-Encoding: gzip"


async def told(request: Request) -> Response:
    return text_answer(
        request,
        TEXTS[request.path_params["name"]],
        media_type="application/vnd.apple.mpegurl",
        headers={"Cache-Control": "no-cache"},
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served() -> AsyncIterator[WebRoutes]:
    # The first is one of those that go past FastAPI, the second is not.
    async with web_routes(
        CollectorRegistry(), [Route("/playlist/{name}", told), Route("/other/{name}", told)]
    ) as served:
        yield served


async def ask(served: WebRoutes, path: str, *headers: bytes, method: bytes = b"GET") -> RawAnswer:
    return await raw_answer(served.port, raw_request(path.encode(), *headers, method=method))


pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.parametrize("folder", ["/playlist", "/other"]),
]


@pytest.mark.parametrize("name", TEXTS)
async def test_a_text_goes_out_with_its_type_and_a_strong_tag(
    served: WebRoutes, folder: str, name: str
) -> None:
    answer = await ask(served, f"{folder}/{name}")
    text = TEXTS[name]
    assert answer.body == (text if isinstance(text, bytes) else text.encode())
    assert (answer.status, answer.headers["content-type"]) == (200, "application/vnd.apple.mpegurl")
    assert answer.headers["etag"].startswith('"')
    assert answer.headers["content-length"] == str(len(answer.body))
    assert "content-encoding" not in answer.headers


async def test_the_tag_is_of_the_text_alone(served: WebRoutes, folder: str) -> None:
    tags = {name: (await ask(served, f"{folder}/{name}")).headers["etag"] for name in TEXTS}
    assert tags["long"] == tags["bytes"]
    assert len(set(tags.values())) == 3


async def test_who_takes_gzip_gets_a_long_text_so(served: WebRoutes, folder: str) -> None:
    plain = await ask(served, f"{folder}/long")
    packed = await ask(served, f"{folder}/long", GZIP)
    assert gzip.decompress(packed.body).decode() == LONG
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["content-length"] == str(len(packed.body))
    assert packed.headers["content-type"] == plain.headers["content-type"]
    assert packed.headers["etag"] == plain.headers["etag"][:-1] + '-gz"'
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("name", ["short", "empty"])
async def test_a_short_text_is_sent_as_it_is(served: WebRoutes, folder: str, name: str) -> None:
    answer = await ask(served, f"{folder}/{name}", GZIP)
    assert answer.body.decode() == TEXTS[name]
    assert "content-encoding" not in answer.headers
    assert answer.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("accepts", [(), (GZIP,)], ids=["now plain", "now compressed"])
@pytest.mark.parametrize("accepted", [(), (GZIP,)], ids=["had plain", "had compressed"])
@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
async def test_who_has_either_form_is_told_so(
    served: WebRoutes, folder: str, accepted: tuple[bytes, ...], accepts: tuple[bytes, ...], method: bytes
) -> None:
    before = await ask(served, f"{folder}/long", *accepted)
    held = b"If-None-Match: " + before.headers["etag"].encode()
    answer = await ask(served, f"{folder}/long", held, *accepts, method=method)
    assert (answer.status, answer.body) == (304, b"")
    assert {name: answer.headers[name] for name in ("etag", "cache-control", "vary")} == {
        name: before.headers[name] for name in ("etag", "cache-control", "vary")
    }
    assert not {"content-encoding", "content-type"} & set(answer.headers)


@pytest.mark.parametrize("headers", [(), (GZIP,)], ids=["plain", "compressed"])
@pytest.mark.parametrize("name", ["long", "short", "empty"])
async def test_head_tells_what_get_would(
    served: WebRoutes, folder: str, name: str, headers: tuple[bytes, ...]
) -> None:
    whole = await ask(served, f"{folder}/{name}", *headers)
    head = await ask(served, f"{folder}/{name}", *headers, method=b"HEAD")
    assert (head.status, head.body) == (200, b"")
    assert _without_date(head) == _without_date(whole)
    assert head.headers["content-length"] == str(len(whole.body))


def _without_date(answer: RawAnswer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "date"}


async def test_an_ordinary_client_decodes_it(served: WebRoutes, folder: str) -> None:
    answer = await served.get(f"{folder}/long")  # asks for gzip by itself, and decodes
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.text == LONG
