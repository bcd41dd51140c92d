"""google-adk: an agent over streamable HTTP, its model a script."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator

from google.adk.agents import LlmAgent
from google.adk.models import BaseLlm, LlmResponse
from google.adk.runners import InMemoryRunner
from google.adk.tools.mcp_tool import McpToolset, StreamableHTTPConnectionParams
from google.genai import types

URL = os.environ["BREAKROOM_MCP_URL"]


class Scripted(BaseLlm):
    """Says what it was given. Take a model's name, or `LiteLlm(model=…)`, for one that thinks."""

    replies: Iterator[types.Part]

    async def generate_content_async(self, llm_request, stream=False):
        yield LlmResponse(content=types.Content(role="model", parts=[next(self.replies)]))


async def main(prompt: str) -> None:
    calls = [types.Part.from_function_call(name=call["name"], args=call["arguments"]) for call in map(json.loads, sys.stdin)]
    model = Scripted(model="scripted", replies=iter([*calls, types.Part(text="Done.")]))
    office = McpToolset(connection_params=StreamableHTTPConnectionParams(url=URL))
    runner = InMemoryRunner(LlmAgent(name="assistant", model=model, tools=[office]))
    for event in await runner.run_debug(prompt, quiet=True):
        print(event.content.model_dump_json(exclude_none=True))
    await runner.close()


asyncio.run(main(sys.argv[1]))
