"""openai-agents: an agent over streamable HTTP, its model the framework's own ScriptedModel."""

import asyncio
import json
import os
import sys

from agents import Agent, Runner, set_tracing_disabled
from agents.mcp import MCPServerStreamableHttp
from agents.testing import ScriptedModel, assistant_message, function_call

URL = os.environ["BREAKROOM_MCP_URL"]
set_tracing_disabled(True)


async def main(prompt: str) -> None:
    calls = enumerate(map(json.loads, sys.stdin))
    steps = [[function_call(call["name"], call["arguments"], call_id=str(number))] for number, call in calls]
    model = ScriptedModel([*steps, [assistant_message("Done.")]])
    async with MCPServerStreamableHttp(params={"url": URL}) as office:
        agent = Agent(name="assistant", mcp_servers=[office], model=model)
        result = await Runner.run(agent, prompt)
    print(*result.to_input_list(), sep="\n")


asyncio.run(main(sys.argv[1]))
