"""autogen: an agent over streamable HTTP, its model the framework's own ReplayChatCompletionClient."""

import asyncio
import json
import os
import sys

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.ui import Console
from autogen_core import FunctionCall
from autogen_core.models import CreateResult, ModelFamily, RequestUsage
from autogen_ext.models.replay import ReplayChatCompletionClient
from autogen_ext.tools.mcp import McpWorkbench, StreamableHttpServerParams

URL = os.environ["BREAKROOM_MCP_URL"]
ABILITIES = {"function_calling": True, "vision": False, "json_output": False, "structured_output": False, "family": ModelFamily.UNKNOWN}


def reply(number: int, call: dict) -> CreateResult:
    function = FunctionCall(id=str(number), name=call["name"], arguments=json.dumps(call["arguments"]))
    return CreateResult(finish_reason="function_calls", content=[function], usage=RequestUsage(0, 0), cached=False)


async def main(prompt: str) -> None:
    calls = enumerate(map(json.loads, sys.stdin))
    model = ReplayChatCompletionClient([*(reply(number, call) for number, call in calls), "Done."], model_info=ABILITIES)
    async with McpWorkbench(StreamableHttpServerParams(url=URL)) as office:
        agent = AssistantAgent("assistant", model_client=model, workbench=office, max_tool_iterations=10)
        await Console(agent.run_stream(task=prompt))


asyncio.run(main(sys.argv[1]))
