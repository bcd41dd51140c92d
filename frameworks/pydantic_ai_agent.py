"""pydantic-ai: an agent with a toolset of MCP."""

from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset
from worker import MODEL, Task, serve


async def solve(task: Task) -> str:
    agent = Agent(f"openai:{MODEL}", instructions=task.instructions, toolsets=[MCPToolset(task.mcp_url)])
    result = await agent.run(task.prompt)
    return result.output


serve(solve)
