"""llama-index: an agent over streamable HTTP, its model the framework's own MockFunctionCallingLLM."""

import asyncio
import json
import os
import sys

from llama_index.core.agent.workflow import FunctionAgent, ToolCallResult
from llama_index.core.base.llms.types import ToolCallBlock
from llama_index.core.llms import ChatMessage
from llama_index.core.llms.mock import MockFunctionCallingLLM
from llama_index.tools.mcp import BasicMCPClient, McpToolSpec

URL = os.environ["BREAKROOM_MCP_URL"]


async def main(prompt: str) -> None:
    calls = [
        ToolCallBlock(tool_call_id=str(number), tool_name=call["name"], tool_kwargs=call["arguments"])
        for number, call in enumerate(map(json.loads, sys.stdin))
    ]
    replies = iter([*(ChatMessage(role="assistant", blocks=[call]) for call in calls), ChatMessage("Done.", role="assistant")])
    model = MockFunctionCallingLLM(response_generator=lambda messages, **_: next(replies))
    tools = await McpToolSpec(client=BasicMCPClient(URL)).to_tool_list_async()
    handler = FunctionAgent(tools=tools, llm=model, streaming=False).run(prompt)
    async for event in handler.stream_events():
        if isinstance(event, ToolCallResult):
            print(event.tool_output.content)
    print(await handler)


asyncio.run(main(sys.argv[1]))
