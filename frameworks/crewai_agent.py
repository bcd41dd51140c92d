"""crewai: a crew of one agent and one task, with tools by its adapter for MCP."""

import asyncio
import os

from crewai import LLM, Agent, Crew
from crewai import Task as Assignment
from crewai_tools import MCPServerAdapter
from worker import MODEL, Task, serve

model = LLM(model=MODEL, custom_openai=True, base_url=os.environ["OPENAI_BASE_URL"])


def work(task: Task) -> str:
    with MCPServerAdapter({"url": task.mcp_url, "transport": "streamable-http"}) as tools:
        agent = Agent(role="assistant", goal="do what is asked", backstory=task.instructions, llm=model, tools=tools)
        assignment = Assignment(description=task.prompt, expected_output="what was done", agent=agent)
        return Crew(agents=[agent], tasks=[assignment]).kickoff().raw


async def solve(task: Task) -> str:
    return await asyncio.to_thread(work, task)


serve(solve)
