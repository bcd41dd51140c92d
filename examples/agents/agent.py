"""An agent in Python, with nothing but the standard library: a model behind chat completions that calls tools.

Run it with --agent "exec:python3 examples/agents/agent.py" and MODEL, BASE_URL (such as http://127.0.0.1:8000/v1) and, where the
server wants one, API_KEY in the environment. The prompt comes on standard input, what it prints is the answer, and the office is
behind two file descriptors: one message a line, as PROTOCOL.md says. Put your own loop in place of `work`.
"""

import json
import os
import sys
import urllib.request


class Office:
    """The tools of this episode's session."""

    def __init__(self):
        # Open for as long as the program lives.
        self.answers = open(int(os.environ["BREAKROOM_FD_IN"]), encoding="utf-8")  # noqa: SIM115
        self.requests = open(int(os.environ["BREAKROOM_FD_OUT"]), "w", encoding="utf-8")  # noqa: SIM115
        self.sent = 0

    def ask(self, method, **parameters):
        self.sent += 1
        message = {"jsonrpc": "2.0", "id": self.sent, "method": method, "params": parameters}
        print(json.dumps(message), file=self.requests, flush=True)
        return json.loads(self.answers.readline())

    def tools(self):
        return self.ask("tools/list")["result"]["tools"]

    def call(self, name, arguments):
        """What the tool says, as text for a model; a refusal says what would be right."""
        answer = self.ask("tools/call", name=name, arguments=arguments)
        if "error" in answer:
            return answer["error"]["message"]
        return json.dumps(answer["result"]["result"])


def complete(messages, tools):
    body = json.dumps({"model": os.environ["MODEL"], "messages": messages, "tools": tools}).encode()
    headers = {"Content-Type": "application/json"}
    if "API_KEY" in os.environ:
        headers["Authorization"] = "Bearer " + os.environ["API_KEY"]
    request = urllib.request.Request(os.environ["BASE_URL"] + "/chat/completions", body, headers)
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)["choices"][0]["message"]


def work(task, office):
    tools = [
        {"type": "function", "function": {"name": tool["name"], "description": tool["description"], "parameters": tool["inputSchema"]}}
        for tool in office.tools()
    ]
    rules = f"You work for {os.environ['BREAKROOM_OWNER']}. It is {os.environ['BREAKROOM_CLOCK']}. Use the tools; nobody answers questions."
    messages = [{"role": "system", "content": rules}, {"role": "user", "content": task}]
    while True:
        message = complete(messages, tools)
        messages.append(message)
        if not message.get("tool_calls"):
            return message["content"]
        for call in message["tool_calls"]:
            try:
                result = office.call(call["function"]["name"], json.loads(call["function"]["arguments"]))
            except json.JSONDecodeError as error:
                result = f"the arguments are no JSON: {error}"
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": result})


if __name__ == "__main__":
    print(work(sys.stdin.read().strip(), Office()))
