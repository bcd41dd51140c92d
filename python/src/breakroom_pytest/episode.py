"""One task that an agent works on, and the verdict on what it left."""

from __future__ import annotations

import json
import shutil
import textwrap
from functools import partial
from typing import Any, Callable

import pytest

from .program import Fault, Server

MOST_CALLS = 20


class Refusal(Exception):
    """A tool refused, and says what would be right. An agent that reads the text can mend it."""


class Verdict:
    """What an episode came to. As text it is the explanation, row by row."""

    def __init__(self, finished: dict[str, Any], task: dict[str, Any], answer: str) -> None:
        self.task = task
        self.answer = answer
        self.outcome: str = finished["verdict"]["outcome"]
        self.rows: list[dict[str, Any]] = finished["verdict"]["rows"]
        self.recovery: str | None = finished.get("recovery")
        self.trace: list[dict[str, Any]] = finished["trace"]
        self.explanation: str = finished["explanation"]

    @property
    def correct(self) -> bool:
        """What was expected, and nothing else."""
        return self.outcome == "correct"

    def __bool__(self) -> bool:
        return self.correct

    def __str__(self) -> str:
        cut = partial(textwrap.shorten, placeholder=" …")
        wide = min(shutil.get_terminal_size((120, 24)).columns, 160) - 4
        prompt = textwrap.fill(self.task["prompt"], wide, initial_indent="  ", subsequent_indent="  ")
        lines = [self.task["id"], prompt, self.explanation]
        for call in self._shown():
            lines += [cut(f"call {call['call']} {call['tool']} {_text(call['arguments'])}", wide), "  " + cut(f"-> {_result(call)}", wide)]
        if self.answer:
            lines.append(textwrap.fill(f"answered: {self.answer}", wide, subsequent_indent="  "))
        return "\n".join(lines)

    __repr__ = __str__

    def _shown(self) -> list[dict[str, Any]]:
        """All calls, or of many those that the explanation is about."""
        named = {made["call"] for row in self.rows for made in row["calls"]}
        about = [call for call in self.trace if call["call"] in named or "disturbed" in call]
        return self.trace if len(self.trace) <= MOST_CALLS else about[:MOST_CALLS]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _result(call: dict[str, Any]) -> str:
    word = "" if call["outcome"] == "done" else call["outcome"].replace("_", " ") + ": "
    return word + _text(call["result"])


class Episode:
    """What the fixture `breakroom` is: a task in an office of its own."""

    def __init__(self, server: Server, task: dict[str, Any], chaos: dict[str, Any] | None, model_url: Callable[[], str]) -> None:
        self._server = server
        self._model_url = model_url
        self._opened = server.ask("POST", "/sessions", {"task": task["id"], **({"chaos": chaos} if chaos else {})})
        self.task = task
        self.verdict: Verdict | None = None
        """The last verdict; none before `finish` or `check`."""

    @property
    def prompt(self) -> str:
        """What the agent is told."""
        return self._opened["task"]["prompt"]

    @property
    def clock(self) -> str:
        """What time it is in the office, like `2026-06-11 09:00:00`."""
        return self._opened["clock"]

    @property
    def owner(self) -> str | None:
        """The address of the person whose office it is."""
        return self._opened["owner"]

    @property
    def token(self) -> str:
        """What an agent shows as `Authorization: Bearer TOKEN`. It opens this session's tools and nothing else."""
        return self._opened["token"]

    @property
    def mcp_url(self) -> str:
        """A server of MCP (streamable HTTP) with the session's tools; the token is part of it."""
        return self._opened["addresses"]["mcp"]

    @property
    def calls_url(self) -> str:
        """Where calls are posted, as `{"name": …, "arguments": {…}}`, with the token."""
        return self._opened["addresses"]["calls"]

    @property
    def model_url(self) -> str:
        """Where a model's API begins (`/v1`), for any client of OpenAI's: it plays the policy that was asked for, by default `oracle`."""
        return self._model_url()

    def tools(self) -> list[dict[str, Any]]:
        """The tools: `name`, `description`, `inputSchema` and `annotations`."""
        return self._server.ask("GET", self._opened["addresses"]["tools"], token=self.token)["tools"]

    def call(self, tool: str, /, **arguments: Any) -> Any:
        """Calls a tool as the agent would, and returns its result; raises `Refusal` where it refuses."""
        answer = self._server.ask("POST", self.calls_url, {"name": tool, "arguments": arguments}, token=self.token)
        if answer["refused"]:
            raise Refusal(answer["result"])
        return answer["result"]

    def finish(self, answer: str = "") -> Verdict:
        """Ends the episode with the agent's last words, and returns the verdict. A test that asks for it decides what is right."""
        finished = self._server.ask("POST", f"/sessions/{self._opened['session']}/finish", {"answer": answer})
        self.verdict = Verdict(finished, self.task, answer)
        if self.verdict.outcome == "fault":
            raise Fault(str(self.verdict))
        return self.verdict

    def check(self, answer: str = "") -> Verdict:
        """Ends the episode, and fails the test with the explanation where the verdict is not `correct`."""
        __tracebackhide__ = True
        verdict = self.finish(answer)
        if not verdict:
            pytest.fail(str(verdict), pytrace=False)
        return verdict

    def raise_fault(self) -> None:
        """Raises `Fault` where the office's side failed, to tell it from a failure of the agent."""
        self._server.running.check()
        trace = self._server.ask("GET", f"/sessions/{self._opened['session']}/trace")["trace"]
        for call in trace:
            if call["outcome"] == "fault":
                raise Fault(f"call {call['call']}: {call['result']}")

    def close(self) -> None:
        self._server.ask("DELETE", f"/sessions/{self._opened['session']}")
