"""crewai: an agent over streamable HTTP, its model a script of ReAct's texts."""

import json
import os
import sys
from collections.abc import Iterator

from crewai import Agent, BaseLLM
from crewai_tools import MCPServerAdapter

SERVER = {"transport": "streamable-http", "url": os.environ["BREAKROOM_MCP_URL"]}


class Scripted(BaseLLM):
    """Says what it was given. Take a model's name for one that thinks."""

    replies: Iterator[str]

    def call(self, messages, *_, **__) -> str:
        return next(self.replies)


calls = map(json.loads, sys.stdin)
actions = [f"Thought: Go on.\nAction: {call['name']}\nAction Input: {json.dumps(call['arguments'], ensure_ascii=False)}" for call in calls]
model = Scripted(model="scripted", replies=iter([*actions, "Thought: I now know the final answer\nFinal Answer: Done."]))
with MCPServerAdapter(SERVER) as tools:
    agent = Agent(role="assistant", goal="do what is asked", backstory="You work in an office.", tools=tools, llm=model)
    print(*agent.kickoff(sys.argv[1]).messages, sep="\n")
