"""The Python SDK of MCP, version 2, over streamable HTTP. `legacy` as the first word speaks the protocol of 2025."""

import asyncio
import json
import os
import sys

from mcp import Client

URL = os.environ["BREAKROOM_MCP_URL"]


async def main(mode: str = "auto") -> None:
    async with Client(URL, mode=mode) as client:
        print(len((await client.list_tools()).tools), "tools")
        for line in sys.stdin:
            call = json.loads(line)
            result = await client.call_tool(call["name"], call["arguments"])
            print(result.content[0].text)


asyncio.run(main(*sys.argv[1:]))
