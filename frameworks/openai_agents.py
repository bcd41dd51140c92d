"""openai-agents: an agent with a server of MCP."""

from agents import Agent, Runner, set_tracing_disabled
from agents.mcp import MCPServerStreamableHttp
from worker import MODEL, Task, serve

# Traces are sent to OpenAI otherwise.
set_tracing_disabled(True)


async def solve(task: Task) -> str:
    async with MCPServerStreamableHttp(params={"url": task.mcp_url}) as office:
        agent = Agent(name="assistant", instructions=task.instructions, model=MODEL, mcp_servers=[office])
        result = await Runner.run(agent, task.prompt)
        return result.final_output


serve(solve)
