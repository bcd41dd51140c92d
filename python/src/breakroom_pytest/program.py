"""The program `breakroom`: finding it, asking it, and keeping its servers for as long as they are needed."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STOP_SECONDS = 10
ANSWER_SECONDS = 60


class Fault(Exception):
    """Something on the office's side failed. It says nothing about the agent."""


class Problem(Exception):
    """The server did not do what was asked, since it was asked wrongly."""


@dataclass(frozen=True)
class Program:
    """Which program, and which tasks in which world."""

    binary: str
    suite: str
    world: str | None = None

    @staticmethod
    def find(named: str | None) -> str:
        """The binary's path, by the option, the environment or PATH; `LookupError` where there is none."""
        wanted = named or os.environ.get("BREAKROOM_BINARY") or "breakroom"
        found = shutil.which(wanted)
        if found is None:
            raise LookupError(f"there is no program {wanted}: name it with --breakroom-binary or BREAKROOM_BINARY, or put it on PATH")
        return str(Path(found).resolve())

    def place(self) -> list[str]:
        """The arguments that say what the tasks are."""
        return ["--suite", self.suite, *(["--world", self.world] if self.world else [])]

    def tasks(self) -> list[dict[str, Any]]:
        """Every task of the suite, without what is expected of it; `ValueError` where it cannot be read."""
        asked = subprocess.run([self.binary, "tasks", "list", "--json", *self.place()], check=False, capture_output=True, text=True)
        if asked.returncode != 0:
            raise ValueError(asked.stderr.strip())
        return json.loads(asked.stdout)["tasks"]


class Running:
    """A server of the program, which says in one line that it listens, and runs until it is stopped."""

    def __init__(self, *arguments: str, token: str | None = None) -> None:
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - the server writes to it for as long as it runs
        # Addresses are those of this machine, whatever a server elsewhere is told to call itself.
        environment = {name: value for name, value in os.environ.items() if name not in ("BREAKROOM_PUBLIC_URL", "BREAKROOM_TOKEN")}
        if token:
            environment["BREAKROOM_TOKEN"] = token
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.errors, text=True, env=environment
        )
        self.first_line = self.process.stdout.readline().strip()
        if not self.first_line:
            self.process.wait()
            self.check()

    def check(self) -> None:
        """Raises `Fault` where the server has ended."""
        if self.process.poll() is not None:
            self.errors.seek(0)
            words = " ".join(self.process.args[:3])
            raise Fault(f"{words} ended with code {self.process.returncode}: {self.errors.read()[-2000:].strip() or 'it said nothing'}")

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.errors.close()


class Server:
    """`breakroom serve --http` with a token of its own."""

    def __init__(self, program: Program, chaos: str | None = None) -> None:
        self.token = secrets.token_hex(16)
        arguments = [*program.place(), *(["--chaos", chaos] if chaos else []), "--log", "warn"]
        self.running = Running(program.binary, "serve", "--http", "127.0.0.1:0", *arguments, token=self.token)
        self.url = self.running.first_line

    def ask(self, method: str, path: str, body: Any = None, token: str | None = None) -> Any:
        """Asks as the harness, or with another token; `Fault` where the server fails, `Problem` where it refuses."""
        url = path if path.startswith("http") else self.url + path
        headers = {"Authorization": f"Bearer {token or self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        # Only this machine is asked, whatever proxies the environment names.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(urllib.request.Request(url, data, headers, method=method), timeout=ANSWER_SECONDS) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            detail = error.read().decode(errors="replace")
            try:
                detail = json.loads(detail)["detail"]
            except (ValueError, KeyError):
                pass
            raise (Fault if error.code >= 500 else Problem)(detail) from None
        except OSError as error:
            self.running.check()
            raise Fault(f"{url} cannot be reached: {error}") from error


class ModelServer:
    """`breakroom model serve`: a model without weights that plays a policy, with faults or without."""

    def __init__(self, program: Program, policy: str, faults: tuple[str, ...]) -> None:
        mixed_in = [word for fault in faults for word in ("--fault", fault)]
        self.running = Running(program.binary, "model", "serve", *program.place(), "--policy", policy, *mixed_in)
        self.url: str = json.loads(self.running.first_line)["base_url"]
