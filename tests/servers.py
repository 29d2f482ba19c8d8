"""Servers in a thread of the test: a WSGI app, a folder of files."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server


class QuietWsgi(WSGIRequestHandler):
    def log_message(self, *_args):
        pass


class QuietFiles(SimpleHTTPRequestHandler):
    def log_message(self, *_args):
        pass


class ManyFiles(ThreadingHTTPServer):
    request_queue_size = 128  # a browser asks for all of a page at once


@contextmanager
def answering(server: HTTPServer) -> Iterator[str]:
    """Let a server answer until the block ends; give its address."""
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def wsgi_served(app: Callable[..., Any]) -> Iterator[str]:
    with answering(make_server("127.0.0.1", 0, app, handler_class=QuietWsgi)) as base_url:
        yield base_url


@contextmanager
def files_served(folder: Path) -> Iterator[str]:
    handler = partial(QuietFiles, directory=folder)
    with answering(ManyFiles(("127.0.0.1", 0), handler)) as base_url:
        yield base_url
