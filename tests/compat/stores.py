"""Folders as older nodes leave them: built file by file, with whatever else lies about."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tests.fakes.older_node.names import encode_hash

HOUR = "2024-11-09T23"
NEXT_HOUR = "2024-11-10T00"
LATER = datetime(2024, 11, 11, tzinfo=UTC)
"""When nothing in these folders is recent any more."""
UNREADABLE = ("notes.ts", "-1e-05-", "-nan-")
"""What the names in ``two_hours`` hold that the older system cannot read."""
CHAT_TEXT = (
    b'{"command":"PRIVMSG","params":["#demo","gr\\u00fc\\u00dfe"],"time":1731194940.0,"time_range":0}\n'
)


def put(
    root: Path,
    clock: str,
    *,
    content: bytes = b"",
    duration: str = "2.0",
    kind: str = "full",
    hour: str = HOUR,
    quality: str = "demo/source",
) -> str:
    """A segment of the hour, at ``MM:SS.ffffff``, with the name that its content has. Returns the name."""
    content = content or f"{quality} {hour} {clock}".encode()
    name = f"{clock}-{duration}-{kind}-{encode_hash(content)}.ts"
    put_file(root, f"{quality}/{hour}/{name}", content)
    return name


def put_file(root: Path, path: str, content: bytes = b"") -> Path:
    """Any file."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def put_chat(root: Path, clock: str = "59:00", content: bytes = CHAT_TEXT, hour: str = HOUR) -> str:
    """A chat batch. Returns its name."""
    name = f"{clock}-{encode_hash(content)}.json"
    put_file(root, f"demo/chat/{hour}/{name}", content)
    return name


def two_hours(root: Path) -> None:
    """Two qualities and chat over two hours: all types, times with and without fractions, a tombstone, temps, odd names."""
    for quality in ("demo/source", "demo/480p"):
        for second in range(50, 58, 2):
            put(root, f"59:{second}.123000", quality=quality)
        put(root, "00:00.123000", hour=NEXT_HOUR, quality=quality)
        put(root, "00:02", hour=NEXT_HOUR, quality=quality)
        put(root, "00:04.", hour=NEXT_HOUR, quality=quality)
    put(root, "58:00.5", kind="suspect", duration="1.999")
    put(root, "58:02.5", kind="partial")
    put_file(root, f"demo/source/{HOUR}/58:04.5-2.0-partial-{encode_hash(b'')}.ts")
    put_file(root, f"demo/source/{HOUR}/58:06.5-2.0-temp-6f1c4d0e-1111-2222-3333-444444444444.ts", b"half of")
    dead = put(root, "57:00.000000")
    put_file(root, f"demo/source/{HOUR}/{dead.removesuffix('.ts')}.tombstone")
    put_file(root, f"demo/source/{HOUR}/59:58.123000-2.0-full-gone.tombstone")
    put_file(root, f"demo/source/{HOUR}/notes.ts", b"no segment")
    put_file(root, f"demo/source/{HOUR}/57:10-1e-05-full-{encode_hash(b'x')}.ts", b"x")
    put_file(root, f"demo/source/{HOUR}/57:12-nan-full-{encode_hash(b'y')}.ts", b"y")
    put_file(root, f"demo/source/{HOUR}/readme.txt", b"neither video nor chat")
    put_file(root, f"demo/source/{HOUR}/.hidden.ts", b"hidden")
    put_chat(root)
    put_chat(root, "00:00", b"{}\n", hour=NEXT_HOUR)
    put_file(root, f"demo/chat/{HOUR}/58:00-{encode_hash(b'dead')}.json", b"dead")
    put_file(root, f"demo/chat/{HOUR}/58:00-{encode_hash(b'dead')}.tombstone")
    put_file(root, f"demo/chat/{HOUR}/57:00-{encode_hash(b'soon')}.json.1234.temp", b"so")


def lying_about(root: Path) -> None:
    """What is no channel, no quality and no hour, beside those that are; and empty folders where one may be."""
    put_file(root, "roles.csv", b"name,email\n")
    put_file(root, ".longtake/node-id", b"secret")
    put_file(root, "demo/source/.longtake/facts/x.ts", b"secret")
    put_file(root, ".hidden/source/2024-11-09T23/x.ts", b"secret")
    put_file(root, "media/FjEF/LUVm.png", b"PNG")
    put_file(root, "media/FjEF/.1234.temp", b"PN")
    put_file(root, "lost+found/x")
    put_file(root, "demo/readme.txt", b"text")
    put_file(root, "demo/source/readme.txt", b"text")
    for folder in ("empty", "demo/nothing", "demo/source/2024-11-08T00"):
        (root / folder).mkdir(parents=True, exist_ok=True)


def stray_hours(root: Path) -> None:
    """Folders beside the hours that are none: the older system stumbles over them, ours leaves them out."""
    put_file(root, "demo/source/not-an-hour/x.ts", b"x")


def replicated_below(root: Path) -> dict[str, bytes]:
    """Of these, what the older system has after it pulled: not what a tombstone suppresses, nor names it cannot read."""
    files = segments_below(root)
    dead = {path.removesuffix(".tombstone") for path in files if path.endswith(".tombstone")}
    return {
        path: content
        for path, content in files.items()
        if path.endswith(".tombstone")
        or (path.rpartition(".")[0] not in dead and not any(part in path for part in UNREADABLE))
    }


def segments_below(root: Path) -> dict[str, bytes]:
    """All files in hour folders that a peer may have: by path, without temps, hidden files and what is neither."""
    return {
        str(file.relative_to(root)): file.read_bytes()
        for file in sorted(root.glob("*/*/????-??-??T??/*"))
        if file.suffix in (".ts", ".json", ".tombstone")
        and "-temp-" not in file.name
        and not any(part.startswith(".") for part in file.relative_to(root).parts)
    }
