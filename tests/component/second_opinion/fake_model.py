"""An OpenAI-compatible endpoint of few words, and of bad manners on request."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class FakeModel:
    """Answers what it is told to, and remembers what it was asked."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/v1"
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.status, self.headers = 200, dict[str, str]()
        self.body = b"{}"
        self.go_on = threading.Event()
        self.go_on.set()

    def think(self, **opinion: Any) -> None:
        content = json.dumps(opinion)
        self.body = json.dumps({"choices": [{"message": {"content": content}}]}).encode()

    @property
    def messages(self) -> list[str]:
        """What it was told that visitors wrote."""
        return [json.loads(each["messages"][1]["content"])["message"] for each in self.asked]


@contextmanager
def a_model() -> Iterator[FakeModel]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            model.keys.append(self.headers.get("authorization"))
            model.asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            model.go_on.wait(10)
            if self.path != "/v1/chat/completions":
                model.status = 404
            self.send_response(model.status)
            for name, value in {"Content-Length": str(len(model.body)), **model.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(model.body)
            except OSError:
                return  # Whoever asked has heard enough.

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    model = FakeModel(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield model
    finally:
        model.go_on.set()
        server.shutdown()
        thread.join()
        server.server_close()
