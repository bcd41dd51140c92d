"""LangChain's tools over standard input and output: a new process serves each call, and all of them work in one folder."""

import asyncio
import json
import os
import shlex
import sys

from langchain_mcp_adapters.client import MultiServerMCPClient

# breakroom serve --mcp --task ID --session-dir DIR
COMMAND, *ARGUMENTS = shlex.split(os.environ["BREAKROOM_MCP_COMMAND"])


async def main() -> None:
    client = MultiServerMCPClient({"office": {"transport": "stdio", "command": COMMAND, "args": ARGUMENTS}})
    tools = {tool.name: tool for tool in await client.get_tools()}
    for line in sys.stdin:
        call = json.loads(line)
        print(await tools[call["name"]].ainvoke(call["arguments"]))


asyncio.run(main())
