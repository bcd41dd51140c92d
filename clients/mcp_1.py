"""The Python SDK of MCP, version 1, over streamable HTTP."""

import asyncio
import json
import os
import sys

from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

URL = os.environ["BREAKROOM_MCP_URL"]


async def main() -> None:
    async with streamable_http_client(URL) as (read, write, _), ClientSession(read, write) as session:
        await session.initialize()
        for line in sys.stdin:
            call = json.loads(line)
            result = await session.call_tool(call["name"], call["arguments"])
            print(result.content[0].text)


asyncio.run(main())
