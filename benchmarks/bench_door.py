"""How fast does the door answer beside nginx, on this machine, in one run.

It needs granian, and nginx and wrk from the system's packages. Each server has one worker. They
take turns second by second, so that what else the machine does slows both; the best round counts.
"""

import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getuser
from pathlib import Path
from typing import Any

from protestcoord import serving

ROUNDS = 9
SECONDS = 1
CONNECTIONS = 32
CASES = {  # name: (bytes of the body, whether it is asked for again, target of the ratio)
    "100 kB body": (100_000, False, 0.8),
    "20 kB page": (20_000, False, 0.2),
    "304": (100_000, True, 0.3),
}
# As `serve` has them; one thread alone is faster, but a form that waits would hold all readers up.
THREADS = str(serving.THREADS)
NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
{user}
events {{ worker_connections 512; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
  open_file_cache max=100; default_type text/calendar;
  client_body_temp_path {folder}/t; proxy_temp_path {folder}/t; fastcgi_temp_path {folder}/t;
  uwsgi_temp_path {folder}/t; scgi_temp_path {folder}/t;
  server {{
    listen 127.0.0.1:{port}; root {public};
    add_header Cache-Control "public, max-age=300"; add_header Vary Accept-Encoding;
  }}
}}
"""


def door() -> Any:
    """Make the app that granian serves: the door before an app that knows nothing."""
    from protestcoord.publications.door import Door

    def nothing(_environ: Any, start_response: Any) -> list[bytes]:
        start_response("404 Not Found", [("Content-Length", "0")])
        return [b""]

    public = Path(os.environ["BENCH_PUBLIC"])
    return Door(nothing, public, secure=True, is_live=lambda _path: False)


def main() -> None:
    missing = [tool for tool in ("nginx", "wrk") if not find_tool(tool)]
    if missing:
        sys.exit(f"bench_door needs {' and '.join(missing)}; without them there is no ratio")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        make_files(folder / "public")
        with nginx(folder) as nginx_port, granian(folder) as door_port:
            results = [measure(case, nginx_port, door_port) for case in CASES]
    if "--json" in sys.argv:
        print(json.dumps(results))
    sys.exit(any(not result["met"] for result in results))


def find_tool(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


def make_files(public: Path) -> None:
    public.mkdir()
    chance = random.Random(4)  # noqa: S311
    for size in {size for size, _, _ in CASES.values()}:
        text = "".join(chance.choices("abcdefghijklmnopqrstuvwxyz \n", k=size))
        (public / f"{size}.ics").write_text(text)


def measure(case: str, nginx_port: int, door_port: int) -> dict[str, Any]:
    size, again, target = CASES[case]
    rates: dict[int, float] = {nginx_port: 0.0, door_port: 0.0}
    for _ in range(ROUNDS):
        for port, best in rates.items():
            rates[port] = max(best, rate(f"http://127.0.0.1:{port}/{size}.ics", again=again))
    ratio = rates[door_port] / rates[nginx_port]
    met = ratio >= target
    print(
        f"{case:12} door {rates[door_port]:9,.0f}/s  nginx {rates[nginx_port]:9,.0f}/s  "
        f"ratio {ratio:.2f}  target {target}  {'met' if met else 'MISSED'}",
        flush=True,
    )
    return {"case": case, "ratio": round(ratio, 3), "target": target, "met": met}


def rate(url: str, *, again: bool) -> float:
    """Return requests a second, or raise if an answer was not the one that is measured."""
    command = [find_tool("wrk") or "", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s"]
    if again:
        with urllib.request.urlopen(url) as answer:  # noqa: S310
            command += ["-H", f"If-None-Match: {answer.headers['ETag']}"]
    output = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in output:
        raise RuntimeError(output)
    return float(re.search(r"Requests/sec:\s+([0-9.]+)", output)[1])


@contextmanager
def nginx(folder: Path) -> Iterator[int]:
    port = free_port()
    user = f"user {getuser()};" if os.geteuid() == 0 else ""
    text = NGINX.format(folder=folder, public=folder / "public", port=port, user=user)
    (folder / "nginx.conf").write_text(text)
    with running([find_tool("nginx") or "", "-c", str(folder / "nginx.conf")], port):
        yield port


@contextmanager
def granian(folder: Path) -> Iterator[int]:
    port = free_port()
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "--no-ws"),
        *("--http", "1", "--workers", "1", "--blocking-threads", THREADS, "--port", str(port)),
        *("--log-level", "error", "--working-dir", str(Path(__file__).parent)),
        "bench_door:door",
    ]
    with running(command, port, BENCH_PUBLIC=str(folder / "public")):
        yield port


@contextmanager
def running(command: list[str], port: int, **environment: str) -> Iterator[None]:
    process = subprocess.Popen(command, env={**os.environ, **environment})
    try:
        wait_until_listening(port)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def wait_until_listening(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"nothing listens on {port}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
