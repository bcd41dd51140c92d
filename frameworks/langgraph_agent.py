"""LangGraph: the ready-made agent graph, with tools by langchain-mcp-adapters."""

from langchain.agents import create_agent
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_openai import ChatOpenAI
from worker import MODEL, Task, serve

model = ChatOpenAI(model=MODEL)


async def solve(task: Task) -> str:
    office = MultiServerMCPClient({"office": {"transport": "streamable_http", "url": task.mcp_url}})
    agent = create_agent(model, await office.get_tools(), system_prompt=task.instructions)
    state = await agent.ainvoke({"messages": [("user", task.prompt)]})
    return state["messages"][-1].text


serve(solve)
