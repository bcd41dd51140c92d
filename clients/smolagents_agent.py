"""smolagents: a tool-calling agent over streamable HTTP, its model a script."""

import json
import os
import sys

from smolagents import ChatMessage, MCPClient, Model, ToolCallingAgent
from smolagents.models import ChatMessageToolCall, ChatMessageToolCallFunction

SERVER = {"transport": "streamable-http", "url": os.environ["BREAKROOM_MCP_URL"]}


class Scripted(Model):
    """Makes the calls that it was given. Take `OpenAIModel(…)` for one that thinks."""

    def __init__(self, calls: list[dict]) -> None:
        super().__init__()
        self.calls = iter([*calls, {"name": "final_answer", "arguments": {"answer": "Done."}}])

    def generate(self, messages, **_) -> ChatMessage:
        function = ChatMessageToolCallFunction(**next(self.calls))
        return ChatMessage(role="assistant", tool_calls=[ChatMessageToolCall(function=function, id="call", type="function")])


model = Scripted([json.loads(line) for line in sys.stdin])
with MCPClient(SERVER, structured_output=False) as tools:
    agent = ToolCallingAgent(tools=tools, model=model)
    agent.run(sys.argv[1])
for step in agent.memory.steps[1:]:
    print(step.observations)
