"""fastmcp's client over streamable HTTP."""

import asyncio
import json
import os
import sys

from fastmcp import Client

URL = os.environ["BREAKROOM_MCP_URL"]


async def main() -> None:
    async with Client(URL) as client:
        for line in sys.stdin:
            call = json.loads(line)
            result = await client.call_tool(call["name"], call["arguments"])
            print(result.content[0].text)


asyncio.run(main())
