"""smolagents: an agent that calls tools, and knows no async."""

import asyncio

from smolagents import MCPClient, OpenAIModel, ToolCallingAgent
from worker import MODEL, Task, serve

model = OpenAIModel(model_id=MODEL)


def work(task: Task) -> str:
    with MCPClient({"url": task.mcp_url, "transport": "streamable-http"}, structured_output=False) as tools:
        agent = ToolCallingAgent(tools=tools, model=model, instructions=task.instructions)
        return agent.run(task.prompt)


async def solve(task: Task) -> str:
    return await asyncio.to_thread(work, task)


serve(solve)
