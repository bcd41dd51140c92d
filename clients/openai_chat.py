"""The `openai` package and plain HTTP, without a framework: a model's calls are sent to the office until it answers."""

import json
import os
import sys
from urllib.request import Request, urlopen

from openai import OpenAI

# OPENAI_API_KEY, and OPENAI_BASE_URL for a server other than OpenAI's, are read by the package.
MODEL = os.environ["OPENAI_MODEL"]
URL, TOKEN = os.environ["BREAKROOM_URL"], os.environ["BREAKROOM_TOKEN"]


def office(path: str, body: dict | None = None) -> dict:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    with urlopen(Request(f"{URL}/{path}", json.dumps(body).encode() if body else None, headers)) as response:
        return json.load(response)


client = OpenAI()
tools = [
    {"type": "function", "function": {"name": tool["name"], "description": tool["description"], "parameters": tool["inputSchema"]}}
    for tool in office("tools")["tools"]
]
messages = [{"role": "user", "content": sys.argv[1]}]
while True:
    reply = client.chat.completions.create(model=MODEL, messages=messages, tools=tools).choices[0].message
    messages.append(reply)
    for call in reply.tool_calls or []:
        result = office("calls", {"name": call.function.name, "arguments": json.loads(call.function.arguments)})
        messages.append({"role": "tool", "tool_call_id": call.id, "content": json.dumps(result["result"])})
    if not reply.tool_calls:
        break
print(reply.content)
