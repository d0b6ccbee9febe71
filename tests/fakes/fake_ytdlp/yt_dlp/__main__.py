"""Instead of yt-dlp: does what the file says that YTDLP_SCRIPT names. Keys: out, err, code, hang, asked."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

script = json.loads(Path(os.environ["YTDLP_SCRIPT"]).read_text())
Path(script["asked"]).write_text(json.dumps({"url": sys.stdin.read(), "arguments": sys.argv[1:]}))
if script.get("hang"):
    child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    Path(script["hang"]).write_text(f"{os.getpid()} {child.pid}")
    signal.pause()  # until killed, which is what the test is about
sys.stdout.write(script.get("out", ""))
sys.stderr.write(script.get("err", ""))
sys.exit(script.get("code", 0))
