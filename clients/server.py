"""The servers that clients are tried against: a process each, on this machine alone, ended when done."""

import json
import os
import secrets
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

PATIENCE = 30


class Process:
    """A program that prints where it listens on its first line, and serves until it is ended."""

    def __init__(self, command: list[str | Path], **environment: str) -> None:
        self._process = subprocess.Popen(command, env=os.environ | environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.first_line = self._process.stdout.readline().strip()
        if not self.first_line:
            raise RuntimeError(f"{command} did not start: it ended with {self._process.wait()}")

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


class Office(Process):
    """`breakroom serve --http`, with the harness's plane as methods."""

    def __init__(self, binary: Path, *options: str) -> None:
        self.token = secrets.token_hex(16)
        super().__init__([binary, "serve", "--http", "127.0.0.1:0", "--log", "error", *options], BREAKROOM_TOKEN=self.token)
        self.url = self.first_line

    def open(self, task: str) -> dict[str, Any]:
        return self._ask("/sessions", {"task": task})

    def finish(self, session: str, answer: str) -> dict[str, Any]:
        return self._ask(f"/sessions/{quote(session)}/finish", {"answer": answer})

    def _ask(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        with urlopen(Request(self.url + path, json.dumps(body).encode(), headers), timeout=PATIENCE) as response:
            return json.load(response)


class ModelServer(Process):
    """`breakroom model serve`, which does every task right."""

    def __init__(self, binary: Path) -> None:
        super().__init__([binary, "model", "serve", "--policy", "oracle"])
        told = json.loads(self.first_line)
        self.url, self.model = told["base_url"], told["model"]
