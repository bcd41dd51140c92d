"""inspect_ai: a task of one sample, and its ReAct agent."""

from tempfile import TemporaryDirectory

import inspect_ai
from inspect_ai.agent import react
from inspect_ai.dataset import Sample
from inspect_ai.tool import mcp_server_http
from worker import MODEL, Task, serve


async def solve(task: Task) -> str:
    office = mcp_server_http(name="office", url=task.mcp_url)
    agent = react(prompt=task.instructions, tools=[office])
    work = inspect_ai.Task(dataset=[Sample(input=task.prompt)], solver=agent)
    with TemporaryDirectory() as logs:
        [log] = await inspect_ai.eval_async(work, model=f"openai/{MODEL}", log_dir=logs)
        if log.error:
            raise RuntimeError(log.error.message)
        return log.samples[0].output.completion


serve(solve)
