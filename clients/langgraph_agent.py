"""A ReAct agent as a graph of LangGraph, for a real model: its settings are yours to fill in."""

import asyncio
import os
import sys

from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_openai import ChatOpenAI
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition

SERVER = {"transport": "streamable_http", "url": os.environ["BREAKROOM_MCP_URL"]}
# OPENAI_API_KEY, and OPENAI_BASE_URL for a server other than OpenAI's, are read by the package.
SETTINGS = {"model": os.environ["OPENAI_MODEL"], "temperature": 0, "timeout": 60, "max_retries": 2}
INSTRUCTIONS = (
    "You work in an office. Look up what you need with the tools, change only what was asked for, and say in the end what you did."
)


async def main(prompt: str) -> None:
    tools = await MultiServerMCPClient({"office": SERVER}).get_tools()
    model = ChatOpenAI(**SETTINGS).bind_tools(tools)

    async def think(state: MessagesState) -> dict:
        return {"messages": [await model.ainvoke([("system", INSTRUCTIONS), *state["messages"]])]}

    graph = StateGraph(MessagesState)
    graph.add_node("think", think)
    graph.add_node("tools", ToolNode(tools))
    graph.add_edge(START, "think")
    graph.add_conditional_edges("think", tools_condition)
    graph.add_edge("tools", "think")
    state = await graph.compile().ainvoke({"messages": [("user", prompt)]}, {"recursion_limit": 100})
    for message in state["messages"]:
        message.pretty_print()


asyncio.run(main(sys.argv[1]))
