"""Instead of yt-dlp: does what the file says that YTDLP_SCRIPT names. Keys: out, err, code, hang, asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

script = json.loads(Path(os.environ["YTDLP_SCRIPT"]).read_text())
Path(script["asked"]).write_text(json.dumps({"url": sys.stdin.read(), "arguments": sys.argv[1:]}))
if script.get("hang"):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    Path(script["hang"]).write_text(f"{os.getpid()} {child.pid}")
    time.sleep(60)
sys.stdout.write(script.get("out", ""))
sys.stderr.write(script.get("err", ""))
sys.exit(script.get("code", 0))
