"""llama-index's tools over standard input and output: a new process serves each call, and all of them work in one folder."""

import asyncio
import json
import os
import shlex
import sys

from llama_index.tools.mcp import BasicMCPClient, McpToolSpec

# breakroom serve --mcp --task ID --session-dir DIR
COMMAND, *ARGUMENTS = shlex.split(os.environ["BREAKROOM_MCP_COMMAND"])


async def main() -> None:
    spec = McpToolSpec(client=BasicMCPClient(COMMAND, args=ARGUMENTS))
    tools = {tool.metadata.name: tool for tool in await spec.to_tool_list_async()}
    for line in sys.stdin:
        call = json.loads(line)
        print(await tools[call["name"]].acall(**call["arguments"]))


asyncio.run(main())
