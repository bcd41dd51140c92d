"""google-adk: an agent with a toolset of MCP; other models than Google's are reached by litellm."""

import os

# Prices are asked of the internet otherwise.
os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")

from google.adk.agents import LlmAgent
from google.adk.models.lite_llm import LiteLlm
from google.adk.runners import InMemoryRunner
from google.adk.tools.mcp_tool import McpToolset, StreamableHTTPConnectionParams
from worker import MODEL, Task, serve


async def solve(task: Task) -> str:
    office = McpToolset(connection_params=StreamableHTTPConnectionParams(url=task.mcp_url))
    agent = LlmAgent(name="assistant", model=LiteLlm(f"openai/{MODEL}"), instruction=task.instructions, tools=[office])
    async with InMemoryRunner(agent=agent) as runner:
        last = (await runner.run_debug(task.prompt, quiet=True))[-1]
        # Some errors of a model are raised, and others are told in the last event.
        if last.error_code:
            raise RuntimeError(f"{last.error_code}: {last.error_message}")
        return "".join(part.text or "" for part in last.content.parts)


serve(solve)
