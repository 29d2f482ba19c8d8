"""The app connects to its mail server and to nothing else: every system call of it is looked at."""

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.faults.test_acknowledged import planned
from tests.journeys.served import running
from tests.proofs import FULL
from tests.security.besieged import SLOTS, Besieged

STRACE = shutil.which("strace")
# What names an address: a connection, and a datagram such as a question for a name.
CALLS = "connect,sendto,sendmsg,sendmmsg"
NAMED = re.compile(
    r"sin6?_port=htons\((\d+)\).*?(?:inet_addr\(|inet_pton\(AF_INET6, )\"([^\"]+)\"", re.DOTALL
)
EMAIL = "us@lantern.example"

pytestmark = pytest.mark.skipif(STRACE is None, reason="needs strace")


def watching(log: Path) -> list[str]:
    """The command behind which a process tells its calls, and is ended as if it stood alone."""
    traced = ["-f", "--seccomp-bpf", "-qq", "-e", "signal=none", "-e", f"trace={CALLS}"]
    return [STRACE, "-D", *traced, "-o", str(log)]


def reached(log: Path) -> set[tuple[str, int]]:
    """Every address that was named, with its port."""
    return {(host, int(port)) for port, host in NAMED.findall(log.read_text())}


# A whole instance is built behind the watcher; `test_rules` looks at the code each time.
@pytest.mark.skipif(not FULL, reason="takes half a minute: a part of `make security`")
@pytest.mark.proves("E8")
def test_all_that_the_app_reaches_is_its_mail_server(tmp_path, record_property):
    folder, log = tmp_path / "instance", tmp_path / "calls"
    url = f"sqlite:///{folder / 'protestcoord.sqlite'}"
    with planned(folder, url) as (environment, port, mailbox):
        site = Besieged(environment, port, mailbox)
        with running(environment, port, watched_by=watching(log)):
            assert site.ask(SLOTS[0], EMAIL) == 303
            assert site.press_link_of(EMAIL) == 303
            assert site.post("/s/lost-link/", {"email": EMAIL, "campaign": "noon"}) < 500
            assert site.post("/organize/login", {"email": EMAIL, "password": "wrong"}) < 500
            mailbox.wait_for(EMAIL, "An organizer looks at it now", 30)
        site.sessions.kw["bind"].dispose()
        mail_server = ("127.0.0.1", int(environment["SMTP_URL"].rpartition(":")[2]))
    # At its start it knocks at its own port, lest another process answer there.
    assert reached(log) == {mail_server, ("127.0.0.1", port)}
    calls = len(log.read_text().splitlines())
    record_property(
        "E8", f"{calls} calls from start to a confirmed sign-up: the mail server, and its own port"
    )


PLANTED = {
    "a connection": "s = socket.socket(); s.settimeout(1); s.connect_ex(('192.0.2.1', 443))",
    "a datagram": "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.2', 53))",
    "a connection by version 6": (
        "socket.socket(socket.AF_INET6).connect_ex(('2001:db8::1', 443, 0, 0))"
    ),
    "a thread": (
        "s = socket.socket(); s.settimeout(1); import threading; "
        "threading.Thread(target=s.connect_ex, args=(('192.0.2.1', 443),)).start()"
    ),
}


@pytest.mark.control("E8")
@pytest.mark.parametrize("way", PLANTED)
def test_whatever_else_is_reached_is_seen(way, tmp_path):
    log = tmp_path / "calls"
    command = [*watching(log), sys.executable, "-c", f"import socket; {PLANTED[way]}"]
    subprocess.run(command, check=False, timeout=30)
    end = time.monotonic() + 5
    while not (log.exists() and reached(log)) and time.monotonic() < end:
        time.sleep(0.05)
    assert reached(log) & {
        ("192.0.2.1", 443),
        ("127.0.0.2", 53),
        ("2001:db8::1", 443),
    }
