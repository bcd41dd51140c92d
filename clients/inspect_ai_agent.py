"""inspect_ai: its `react` agent over streamable HTTP, its model the framework's own mockllm."""

import json
import os
import sys

from inspect_ai import Task, eval
from inspect_ai.agent import react
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.tool import mcp_server_http

URL = os.environ["BREAKROOM_MCP_URL"]
calls = [*map(json.loads, sys.stdin), {"name": "submit", "arguments": {"answer": "Done."}}]
outputs = [ModelOutput.for_tool_call("mockllm", call["name"], call["arguments"]) for call in calls]
for output in outputs:
    # Without it a tokenizer is downloaded to count.
    output.usage = ModelUsage()

office = mcp_server_http(name="office", url=URL)
task = Task(dataset=[Sample(input=sys.argv[1])], solver=react(tools=[office]))
[log] = eval(task, model=get_model("mockllm/model", custom_outputs=outputs), display="none")
if log.error:
    raise SystemExit(log.error.message)
for message in log.samples[0].messages:
    print(message.role, message.text)
