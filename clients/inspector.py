"""MCP's inspector on the command line, a process for each call."""

import json
import os
import subprocess
import sys

INSPECTOR = ["mcp-inspector", "--cli", os.environ["BREAKROOM_MCP_URL"], "--transport", "http"]

for line in sys.stdin:
    call = json.loads(line)
    arguments = [f"--tool-arg={key}={value}" for key, value in call["arguments"].items()]
    subprocess.run([*INSPECTOR, "--method", "tools/call", "--tool-name", call["name"], *arguments], check=True)
