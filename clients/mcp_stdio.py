"""The Python SDK of MCP, version 2, over standard input and output."""

import asyncio
import json
import os
import shlex
import sys

from mcp import Client, StdioServerParameters, stdio_client

# breakroom serve --mcp --task ID --session-dir DIR
COMMAND, *ARGUMENTS = shlex.split(os.environ["BREAKROOM_MCP_COMMAND"])


async def main() -> None:
    server = StdioServerParameters(command=COMMAND, args=ARGUMENTS)
    async with Client(stdio_client(server)) as client:
        for line in sys.stdin:
            call = json.loads(line)
            result = await client.call_tool(call["name"], call["arguments"])
            print(result.content[0].text)


asyncio.run(main())
