"""A toy agent: a model behind chat completions that calls tools over HTTP, with nothing but the standard library."""

import json
import urllib.request


def post(url, body, token="none"):
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)) as answer:
        return json.load(answer)


def work(task, model_url, calls_url, token, tools):
    offered = [
        {"type": "function", "function": {"name": tool["name"], "description": tool["description"], "parameters": tool["inputSchema"]}}
        for tool in tools
    ]
    messages = [{"role": "user", "content": task}]
    while True:
        request = {"model": "any", "messages": messages, "tools": offered}
        message = post(f"{model_url}/chat/completions", request)["choices"][0]["message"]
        messages.append(message)
        if not message.get("tool_calls"):
            return message["content"]
        for call in message["tool_calls"]:
            name, arguments = call["function"]["name"], json.loads(call["function"]["arguments"])
            result = post(calls_url, {"name": name, "arguments": arguments}, token)["result"]
            messages.append(
                {"role": "tool", "tool_call_id": call["id"], "content": result if isinstance(result, str) else json.dumps(result)}
            )
