"""What OpenAPI tells of the routes for nodes and players: paths, parameters, statuses, media types, heads of answers.

Written by hand, since these routes skip FastAPI; nothing here is read when a request is answered. A test watches that
every route is here and everything here is routed, another that a node answers as it is written here. Pages' own
answers (``/``) are here as far as they are routes; the files that pages load are not.
"""

from __future__ import annotations

from longtake.adapters.web.openapi import (
    JSON_TYPE,
    PLAIN_TYPE,
    TEXT,
    Answer,
    Header,
    Operation,
    Parameter,
    Schema,
    problem_answer,
)

_A_TIME = "2026-11-24T04:16:03.5Z"
_A_LATER_TIME = "2026-11-24T04:16:09.5Z"
TIME: Schema = {
    "type": "string",
    "pattern": r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?([.,][0-9]{1,9})?)?\s*[Zz]?\s*$",
}
"""UTC, written without a zone or with ``Z``; the years 1970 to 9998."""
PART: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": 255,
    "pattern": r"^[^./\u0000-\u001f\u007f][^/\u0000-\u001f\u007f]*$",
}
"""A folder's name: at most 255 bytes, no control characters, no leading dot (what is hidden is the node's own)."""
FLAG: Schema = {"type": "string", "pattern": "^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])$"}
NAMES: Schema = {"type": "array", "items": {"type": "string"}}
_BINARY: Schema = {"type": "string", "format": "binary"}
_HLS_TYPE = "application/vnd.apple.mpegurl"

_CHANNEL = Parameter(name="channel", place="path", meaning="a channel's name", schema=PART, example="demo")
_QUALITY = Parameter(name="quality", place="path", meaning="a quality's name", schema=PART, example="source")
_HOUR = Parameter(
    name="hour", place="path", meaning="an hour (UTC), as on disk", schema=PART, example="2026-11-24T04"
)
_PATH_BELOW = "Its slashes are written as they are: an encoded slash is 400."
_START = Parameter(name="start", meaning="UTC", schema=TIME, example=_A_TIME)
_END = Parameter(name="end", meaning="UTC", schema=TIME, example=_A_LATER_TIME)

_ETAG = Header(name="ETag", meaning="stays while the content does; of a segment, its SHA-256")
_CACHE_CONTROL = Header(name="Cache-Control", meaning="whether it may be kept")
_ACCEPT_RANGES = Header(name="Accept-Ranges", meaning="bytes", schema={"const": "bytes"})
_FRAME_TIME = Header(name="Longtake-Frame-Time", meaning="the time of the frame that is shown, UTC")
_HOLES = (
    Header(name="Longtake-Holes", meaning="with allow_holes: what is cut over", always=False),
    Header(name="Longtake-Sound-Holes", meaning="with allow_holes: where sound is missing", always=False),
)

_BAD_NAME = "A name that cannot be one, or a value that makes no sense."
_UNSIGNED = "Not signed with the secret of the node's team, where node.open_to_older is false."
_BUSY = problem_answer(503, "Busy, or the disk does not answer now.")
_BAD_INPUT = problem_answer(400, _BAD_NAME)
_UNKNOWN = problem_answer(404, "Nothing of that name is recorded.")
_NOT_THERE = problem_answer(501, "Known, but this node cannot do it (yet).")
_HOLE = problem_answer(406, "A hole, or nothing, is recorded there.")


def _listing(path: str, what: str, *parameters: Parameter) -> Operation:
    return Operation(
        path=path,
        summary=f"List {what}",
        detail="What is unknown has nothing in it: an empty list. Errors are plain text, unless Accept names problem+json.",
        parameters=parameters,
        answers=[
            Answer(status=200, meaning=f"The names of {what}.", types={JSON_TYPE: NAMES}),
            *([problem_answer(400, _BAD_NAME, also_plain=True)] if parameters else ()),
            problem_answer(401, _UNSIGNED, also_plain=True),
            problem_answer(503, "The disk does not answer now.", also_plain=True),
        ],
    )


_TOMBSTONES = Parameter(name="tombstones", meaning="the tombstones after them", schema=FLAG, example="true")
_LISTINGS = (
    _listing("/files", "channels"),
    _listing("/files/{channel}", "qualities", _CHANNEL),
    _listing("/files/{channel}/{quality}", "hours", _CHANNEL, _QUALITY),
    _listing("/files/{channel}/{quality}/{hour}", "files", _CHANNEL, _QUALITY, _HOUR, _TOMBSTONES),
    _listing(
        "/extras/{path}",
        "files of an extra folder, with the folders in it",
        Parameter(
            name="path",
            place="path",
            meaning=f"a folder of store.extra_folders, or one in it. {_PATH_BELOW}",
            example="media",
        ),
    ),
)

_SEGMENTS = Operation(
    path="/segments/{path}",
    summary="A stored file, or parts of it",
    detail="Segments and chat batches (CHANNEL/QUALITY/HOUR/NAME), and the extra folders. "
    f"{_PATH_BELOW} A segment never changes.",
    parameters=[
        Parameter(name="path", place="path", meaning="CHANNEL/QUALITY/HOUR/NAME"),
        Parameter(
            name="Range",
            place="header",
            meaning="ranges of bytes (RFC 9110 14.2); what is not understood is ignored",
            example="bytes=0-187",
        ),
        Parameter(name="If-Range", place="header", meaning="the ETag of what the range is wanted of"),
        Parameter(name="If-None-Match", place="header", meaning="ETags of what the client has"),
    ],
    answers=[
        Answer(
            status=200,
            meaning="The whole file.",
            types={"video/mp2t": _BINARY, "video/mp4": _BINARY, JSON_TYPE: {}, "*/*": _BINARY},
            headers=[_ETAG, _CACHE_CONTROL, _ACCEPT_RANGES],
        ),
        Answer(
            status=206,
            meaning="The bytes that were asked for; several ranges are multipart/byteranges.",
            types={
                "video/mp2t": _BINARY,
                "video/mp4": _BINARY,
                JSON_TYPE: {},
                "multipart/byteranges": _BINARY,
                "*/*": _BINARY,
            },
            headers=[
                Header(name="Content-Range", meaning="which bytes, if it is one range", always=False),
                _ETAG,
                _CACHE_CONTROL,
            ],
        ),
        Answer(status=304, meaning="The client has it.", headers=[_ETAG]),
        _BAD_INPUT,
        problem_answer(404, "There is no such file, or it is not for others."),
        Answer(
            status=416,
            meaning="The file has none of these bytes.",
            types=problem_answer(416, "").types,
            headers=[Header(name="Content-Range", meaning="`bytes */SIZE`")],
        ),
        _BUSY,
    ],
)

_PLAYLIST = Answer(
    status=200,
    meaning="HLS (RFC 8216).",
    types={_HLS_TYPE: TEXT},
    headers=[_ETAG, _CACHE_CONTROL, Header(name="Vary", meaning="it may be compressed")],
)
_PLAYLISTS = (
    Operation(
        path="/playlist/{channel}.m3u8",
        summary="The master playlist of a channel",
        detail="What has nothing in the range, or live stopped over 12 h before the others, is left out. "
        "Parameters go on to the media playlists.",
        parameters=[
            _CHANNEL,
            _START,
            _END,
            Parameter(name="quality", meaning="that one alone, with its sound", example="source"),
            Parameter(name="window", meaning="goes on to the media playlists", example="60s"),
            Parameter(
                name="holes",
                meaning="goes on to the media playlists",
                schema={"const": "gap"},
                example="gap",
            ),
            Parameter(name="If-None-Match", place="header", meaning="ETags of what the client has"),
        ],
        answers=[
            _PLAYLIST,
            Answer(status=304, meaning="The client has it.", headers=[_ETAG]),
            _BAD_INPUT,
            _UNKNOWN,
            _BUSY,
        ],
    ),
    Operation(
        path="/playlist/{channel}/{quality}.m3u8",
        summary="The media playlist of a quality",
        detail="Without times: live. `start` alone: growing from there. `end` alone: from the earliest hour, at most 12 h.",
        parameters=[
            _CHANNEL,
            _QUALITY,
            _START,
            _END,
            Parameter(name="window", meaning="how far live reaches back; at most 12 h", example="60s"),
            Parameter(
                name="holes",
                meaning="list holes as EXT-X-GAP entries",
                schema={"const": "gap"},
                example="gap",
            ),
            Parameter(
                name="together",
                meaning="qualities that a range which is over is numbered together with",
                example="source,source.audio",
            ),
            Parameter(
                name="_HLS_skip",
                meaning="a delta update of what grows",
                schema={"type": "string", "enum": ["YES", "v2"]},
                example="YES",
            ),
            Parameter(
                name="_HLS_msn",
                meaning="wait until the entry of that MEDIA-SEQUENCE is there, for up to three target durations",
                schema={"type": "integer", "minimum": 0},
                example="1",
            ),
            Parameter(name="If-None-Match", place="header", meaning="ETags of what the client has"),
        ],
        answers=[
            _PLAYLIST,
            Answer(status=304, meaning="The client has it.", headers=[_ETAG]),
            _BAD_INPUT,
            _UNKNOWN,
            _BUSY,
        ],
    ),
)

_CUT = Operation(
    path="/cut/{channel}/{file}",
    summary="A cut: ranges of the recording as one file",
    detail="What fails before the first byte has its status; what fails later breaks the connection. HEAD starts no work.",
    parameters=[
        _CHANNEL,
        Parameter(name="file", place="path", meaning="QUALITY.mp4 or QUALITY.ts", example="source.ts"),
        _START,
        _END,
        Parameter(
            name="range",
            meaning="START,END: instead of start and end, several times",
            schema={"type": "array", "items": TEXT},
        ),
        Parameter(name="type", meaning="smart (also: fast), rough, full, archive", example="rough"),
        Parameter(
            name="transition",
            meaning="NAME,SECONDS between two ranges, or nothing",
            schema={"type": "array", "items": TEXT},
        ),
        Parameter(name="allow_holes", meaning="cut over holes", schema=FLAG, example="true"),
    ],
    answers=[
        Answer(
            status=200,
            meaning="The cut.",
            types={
                "video/mp2t": _BINARY,
                "video/mp4": _BINARY,
                "video/x-matroska": _BINARY,
                "video/webm": _BINARY,
            },
            headers=[Header(name="Content-Disposition", meaning="a name for the file"), *_HOLES],
        ),
        _BAD_INPUT,
        _UNKNOWN,
        problem_answer(406, "There are holes, and they were not allowed; or nothing is recorded there."),
        _NOT_THERE,
        _BUSY,
    ],
)

_FRAME = Operation(
    path="/frame/{channel}/{file}",
    summary="One picture of the recording, exact to the frame",
    parameters=[
        _CHANNEL,
        Parameter(name="file", place="path", meaning="QUALITY.png, .jpg or .jpeg", example="source.png"),
        Parameter(
            name="timestamp",
            meaning="the first frame at or after it",
            schema=TIME,
            required=True,
            example=_A_TIME,
        ),
        Parameter(
            name="width", meaning="in pixels", schema={"type": "integer", "minimum": 16, "maximum": 4096}
        ),
        Parameter(name="keyframe", meaning="the keyframe at or before it instead", schema=FLAG),
        Parameter(name="If-None-Match", place="header", meaning="ETags of what the client has"),
    ],
    answers=[
        Answer(
            status=200,
            meaning="The picture.",
            types={"image/png": _BINARY, "image/jpeg": _BINARY},
            headers=[_ETAG, _CACHE_CONTROL, _FRAME_TIME],
        ),
        Answer(status=304, meaning="The client has it.", headers=[_ETAG, _FRAME_TIME]),
        _BAD_INPUT,
        _UNKNOWN,
        _HOLE,
        _NOT_THERE,
        _BUSY,
    ],
)

_NODE = (
    Operation(
        path="/healthz",
        summary="Whether the web process answers",
        answers=[
            Answer(
                status=200,
                meaning="It does.",
                types={
                    JSON_TYPE: {
                        "type": "object",
                        "properties": {"status": {"const": "ok"}},
                        "required": ["status"],
                    }
                },
            )
        ],
    ),
    Operation(
        path="/metrics",
        summary="Metrics of all living processes of the node",
        answers=[
            Answer(status=200, meaning="Prometheus text format 0.0.4.", types={PLAIN_TYPE: TEXT}),
            _BUSY,
        ],
    ),
)


def _to_come(path: str, summary: str, *parameters: Parameter) -> Operation:
    return Operation(
        path=path,
        summary=summary,
        parameters=parameters,
        answers=[
            problem_answer(400, _BAD_NAME),
            problem_answer(501, "Still to come."),
        ],
    )


_PICTURE_FILE = Parameter(name="file", place="path", meaning="QUALITY.png", schema=PART, example="source.png")
_NOT_YET = (
    _to_come("/{channel}/chat.json", "Chat messages between two times", _CHANNEL),
    _to_come("/waveform/{channel}/{file}", "The sound of a range as a picture", _CHANNEL, _PICTURE_FILE),
    _to_come("/thumbnail/{channel}/{file}", "A picture with a template", _CHANNEL, _PICTURE_FILE),
    Operation(
        path="/thumbnail/{channel}/{file}",
        method="post",
        summary="A picture with a template that is sent",
        parameters=[_CHANNEL, _PICTURE_FILE],
        answers=[_BAD_INPUT, _NOT_THERE],
    ),
    Operation(
        path="/generate_videos/{channel}/{quality}",
        method="post",
        summary="Never: videos are made by cuts",
        detail="Older nodes write videos beside the recording upon this. Answers 501 for good.",
        parameters=[_CHANNEL, _QUALITY],
        answers=[_BAD_INPUT, problem_answer(501, "Not here, and not later.")],
    ),
)


def _page(path: str, summary: str) -> Operation:
    return Operation(
        path=path,
        summary=summary,
        answers=[
            Answer(status=200, meaning="The page.", types={"text/html": TEXT}, headers=[_CACHE_CONTROL]),
            Answer(status=503, meaning="The pages were not built.", types={PLAIN_TYPE: TEXT}),
        ],
    )


NODE_OPERATIONS: tuple[Operation, ...] = (
    *_LISTINGS,
    _SEGMENTS,
    *_PLAYLISTS,
    _CUT,
    _FRAME,
    *_NODE,
    *_NOT_YET,
    _page("/", "The page: watch"),
    _page("/channels", "The page: all channels, live"),
)
"""All that is not below ``/api/v1``."""
