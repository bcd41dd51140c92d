"""llama-index: an agent that calls functions, with tools by its adapter for MCP."""

import os

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.llms.openai_like import OpenAILike
from llama_index.tools.mcp import BasicMCPClient, McpToolSpec
from worker import MODEL, Task, serve

model = OpenAILike(model=MODEL, api_base=os.environ["OPENAI_BASE_URL"], is_chat_model=True, is_function_calling_model=True)


async def solve(task: Task) -> str:
    tools = await McpToolSpec(client=BasicMCPClient(task.mcp_url)).to_tool_list_async()
    agent = FunctionAgent(tools=tools, llm=model, system_prompt=task.instructions)
    return await agent.run(task.prompt)


serve(solve)
