"""LangChain and LangGraph: an agent over streamable HTTP, its model LangChain's own fake one."""

import asyncio
import json
import os
import sys

from langchain.agents import create_agent
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_mcp_adapters.client import MultiServerMCPClient

SERVER = {"transport": "streamable_http", "url": os.environ["BREAKROOM_MCP_URL"]}


class Scripted(GenericFakeChatModel):
    """Says what it was given. Take `ChatOpenAI(model=…)` for one that thinks."""

    def bind_tools(self, tools, **_):
        return self


async def main(prompt: str) -> None:
    calls = [{"name": call["name"], "args": call["arguments"], "id": str(number)} for number, call in enumerate(map(json.loads, sys.stdin))]
    model = Scripted(messages=iter([*(AIMessage("", tool_calls=[call]) for call in calls), AIMessage("Done.")]))
    tools = await MultiServerMCPClient({"office": SERVER}).get_tools()
    agent = create_agent(model, tools)
    state = await agent.ainvoke({"messages": [("user", prompt)]})
    for message in state["messages"]:
        message.pretty_print()


asyncio.run(main(sys.argv[1]))
