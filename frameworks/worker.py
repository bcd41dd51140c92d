"""What every harness shares: a task comes as a line on standard input, its answer goes as a line to standard output. See docs/agents.md."""

import asyncio
import json
import os
import sys
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

MODEL = os.environ.get("BREAKROOM_MODEL", "breakroom-scripted")


@dataclass
class Task:
    """One task, and where its office is."""

    prompt: str
    clock: str
    owner: str
    mcp_url: str

    @property
    def instructions(self) -> str:
        """What an agent is told beside the task."""
        return (
            f"You work in the office of {self.owner}. It is {self.clock}. Do what you are asked to by means of your tools, "
            "without asking back, and say in the end what you did."
        )


def serve(solve: Callable[[Task], Awaitable[object]]) -> None:
    """Solves tasks, one at a time, until there are no more."""
    asyncio.run(_serve(solve))


async def _serve(solve: Callable[[Task], Awaitable[object]]) -> None:
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    # What libraries print is no answer.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    while line := await asyncio.to_thread(sys.stdin.readline):
        task = json.loads(line)
        try:
            answer = await solve(Task(**{name: task[name] for name in Task.__dataclass_fields__}))
            reply = {"answer": "" if answer is None else str(answer)}
        except Exception as error:  # noqa: BLE001 (whatever a framework raises is its answer)
            traceback.print_exc()
            reply = {"error": _words(error)}
        print(json.dumps(reply), file=answers, flush=True)


def _words(error: BaseException) -> str:
    """An error with its type, and of a group those in it."""
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(_words(one) for one in error.exceptions)
    return f"{type(error).__name__}: {error}"
