"""Where a client works on a task: what its script is told, and what came of it in the end. One class for each way to reach the office."""

import json
import shlex
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server import ModelServer, Office

TASKS = Path(__file__).with_name("tasks.json")


@dataclass(frozen=True)
class Task:
    """A task of the suite that ships, and calls that do it right."""

    name: str
    task: str
    # What the client has to print: only a result of a call holds it.
    shows: str
    calls: list[dict[str, Any]]


@dataclass(frozen=True)
class Servers:
    """What clients are tried against."""

    binary: Path
    office: Office
    models: ModelServer


@dataclass(frozen=True)
class Finished:
    """The verdict of an episode, and the tools that were called in it; None where only the client can know them."""

    outcome: str
    called: list[str] | None = None

    @classmethod
    def of(cls, answer: dict[str, Any]) -> "Finished":
        return cls(answer["verdict"]["outcome"], [call["tool"] for call in answer["trace"] if call["outcome"] == "done"])


def tasks() -> list[Task]:
    """What every client does."""
    return [Task(**task) for task in json.loads(TASKS.read_text())]


class OverHttp:
    """A session of the server: its address of MCP, its own address and token."""

    def __init__(self, servers: Servers, task: Task) -> None:
        self._office = servers.office
        opened = self._office.open(task.task)
        self._session = opened["session"]
        self.prompt = opened["task"]["prompt"]
        self.environment = {
            "BREAKROOM_MCP_URL": opened["addresses"]["mcp"],
            "BREAKROOM_URL": opened["addresses"]["session"],
            "BREAKROOM_TOKEN": opened["token"],
            "OPENAI_BASE_URL": servers.models.url,
            "OPENAI_API_KEY": "any",
            "OPENAI_MODEL": servers.models.model,
        }

    def finish(self, said: str) -> Finished:
        return Finished.of(self._office.finish(self._session, said))


class OverStdio:
    """A folder that every process of the client's works in, until another one finishes the episode."""

    def __init__(self, servers: Servers, task: Task) -> None:
        self._binary, self._task = servers.binary, task.task
        self._folder = tempfile.TemporaryDirectory(prefix="breakroom-")
        command = [str(servers.binary), "serve", "--mcp", "--task", task.task, "--session-dir", self._folder.name]
        self.prompt = ""
        self.environment = {"BREAKROOM_MCP_COMMAND": shlex.join(command)}

    def finish(self, said: str) -> Finished:
        requests = [("session/open", {"task": self._task}), ("session/finish", {"session": "1", "answer": said})]
        lines = [json.dumps({"jsonrpc": "2.0", "id": method, "method": method, "params": params}) for method, params in requests]
        command = [self._binary, "serve", "--stdio", "--session-dir", self._folder.name]
        served = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, check=True)
        self._folder.cleanup()
        return Finished.of(json.loads(served.stdout.splitlines()[-1])["result"])


class ByItself:
    """The server and its token: the client opens and finishes sessions of its own, and prints the reward at the end."""

    def __init__(self, servers: Servers, task: Task) -> None:
        self.prompt = task.task
        self.environment = {"BREAKROOM_SERVER": servers.office.url, "BREAKROOM_TOKEN": servers.office.token}

    def finish(self, said: str) -> Finished:
        last = said.splitlines()[-1] if said else ""
        return Finished("correct" if last == "reward 1.0" else last)


TRANSPORTS = {"MCP, HTTP": OverHttp, "MCP, stdio": OverStdio, "HTTP": OverHttp, "HTTP, own sessions": ByItself}
