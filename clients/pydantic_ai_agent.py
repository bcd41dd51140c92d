"""pydantic-ai: an agent over streamable HTTP, its model the framework's own FunctionModel."""

import json
import os
import sys

from pydantic_ai import Agent, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.models.function import FunctionModel

URL = os.environ["BREAKROOM_MCP_URL"]
calls = [ToolCallPart(call["name"], call["arguments"]) for call in map(json.loads, sys.stdin)]
replies = iter([*calls, TextPart("Done.")])

agent = Agent(FunctionModel(lambda messages, info: ModelResponse([next(replies)])), toolsets=[MCPToolset(URL)])
result = agent.run_sync(sys.argv[1])
print(*result.all_messages(), sep="\n")
