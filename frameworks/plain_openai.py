"""A plain loop on the packages `openai` and `mcp`: ask, call, ask again."""

import json

from mcp import Client
from mcp.types import Tool
from openai import AsyncOpenAI
from worker import MODEL, Task, serve

model = AsyncOpenAI()


def as_function(tool: Tool) -> dict:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.input_schema}
    return {"type": "function", "function": function}


async def solve(task: Task) -> str:
    async with Client(task.mcp_url) as office:
        tools = [as_function(tool) for tool in (await office.list_tools()).tools]
        messages = [{"role": "system", "content": task.instructions}, {"role": "user", "content": task.prompt}]
        while True:
            reply = await model.chat.completions.create(model=MODEL, messages=messages, tools=tools)
            message = reply.choices[0].message
            messages.append(message)
            if not message.tool_calls:
                return message.content
            for call in message.tool_calls:
                result = await office.call_tool(call.function.name, json.loads(call.function.arguments))
                text = "".join(part.text for part in result.content)
                messages.append({"role": "tool", "tool_call_id": call.id, "content": text})


serve(solve)
