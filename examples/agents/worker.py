"""A worker in Python, with nothing but the standard library: started once, it works on one task after the other.

Run it with --agent "worker:python3 examples/agents/worker.py" and MODEL, BASE_URL (such as http://127.0.0.1:8000/v1) and, where the
server wants one, API_KEY in the environment. Each line of standard input is a task, and each gets one line on standard output; the
office is behind HTTP. Put your own loop in place of `work`.
"""

import json
import os
import sys
import urllib.request


def ask(url, token, body=None):
    """What a server answers to a request, in JSON both ways."""
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    request = urllib.request.Request(url, body and json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def as_function(tool):
    return {"type": "function", "function": {"name": tool["name"], "description": tool["description"], "parameters": tool["inputSchema"]}}


def work(task):
    tools = [as_function(tool) for tool in ask(task["url"] + "/tools", task["token"])["tools"]]
    messages = [
        {"role": "system", "content": f"You work in the office of {task['owner']}. It is {task['clock']}."},
        {"role": "user", "content": task["prompt"]},
    ]
    while True:
        body = {"model": os.environ["MODEL"], "messages": messages, "tools": tools}
        reply = ask(os.environ["BASE_URL"] + "/chat/completions", os.environ.get("API_KEY", ""), body)["choices"][0]["message"]
        messages.append(reply)
        if not reply.get("tool_calls"):
            return reply["content"]
        for call in reply["tool_calls"]:
            order = {"name": call["function"]["name"], "arguments": json.loads(call["function"]["arguments"])}
            answer = ask(task["url"] + "/calls", task["token"], order)
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": json.dumps(answer["result"])})


for line in sys.stdin:
    try:
        said = {"answer": work(json.loads(line))}
    except Exception as error:  # noqa: BLE001 (whatever it was, the next task has nothing to do with it)
        said = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(said), flush=True)
