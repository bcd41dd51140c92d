"""autogen: an assistant with a workbench of MCP."""

from autogen_agentchat.agents import AssistantAgent
from autogen_core.models import ModelFamily, ModelInfo
from autogen_ext.models.openai import OpenAIChatCompletionClient
from autogen_ext.tools.mcp import McpWorkbench, StreamableHttpServerParams
from worker import MODEL, Task, serve

model = OpenAIChatCompletionClient(
    model=MODEL,
    model_info=ModelInfo(vision=False, function_calling=True, json_output=True, structured_output=True, family=ModelFamily.UNKNOWN),
)


async def solve(task: Task) -> str:
    async with McpWorkbench(StreamableHttpServerParams(url=task.mcp_url)) as office:
        agent = AssistantAgent(
            "assistant",
            model_client=model,
            workbench=office,
            system_message=task.instructions,
            # Its default is one round of calls, after which it is done whatever is missing.
            max_tool_iterations=50,
        )
        result = await agent.run(task=task.prompt)
        return result.messages[-1].content


serve(solve)
