"""Plays the one job of a workflow of GitHub Actions on this machine: `job.py WORKFLOW WORKSPACE EVENT`.

Every `run:` is executed as the service does it (`bash -e`, in the workspace, with the files behind GITHUB_ENV and GITHUB_STEP_SUMMARY); of
actions only what this project's example uses is known, and expressions are read as far as it needs them. Exits 1 where the job fails.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


class Job:
    def __init__(self, workflow: Path, workspace: Path, event: dict[str, Any]) -> None:
        document = yaml.safe_load(workflow.read_text())
        (self.job,) = document["jobs"].values()
        self.workspace = workspace
        self.failed = False
        self.summary = workspace.parent / "summary.md"
        self.context = {
            "github": {"event": event, "repository": "someone/project", "ref": "refs/pull/7/merge", "token": "none"},
            "runner": {"os": "Linux"},
        }
        self.context["env"] = self.filled(document.get("env", {}))

    def value(self, expression: str) -> Any:
        """A part of an expression: a text, a call of hashFiles or cancelled, or a name of the contexts."""
        if expression.startswith("'"):
            return expression.strip("'")
        if expression == "cancelled()":
            return False
        if files := re.fullmatch(r"hashFiles\('(.*)'\)", expression):
            return "a hash" if list(self.workspace.glob(files[1])) else ""
        value: Any = self.context
        for name in expression.split("."):
            value = value[name]
        return value

    def holds(self, condition: str) -> bool:
        """Whether a condition holds that is made of `&&`, `!`, `==` and `!=`."""
        for part in EXPRESSION.sub(r"\1", condition).split(" && "):
            if compared := re.fullmatch(r"(.*) (==|!=) (.*)", part):
                truth = (self.value(compared[1]) == self.value(compared[3])) is (compared[2] == "==")
            else:
                truth = not self.value(part[1:]) if part.startswith("!") else bool(self.value(part))
            if not truth:
                return False
        return True

    def filled(self, values: dict[str, Any]) -> dict[str, str]:
        return {name: EXPRESSION.sub(lambda found: str(self.value(found[1])), str(value)) for name, value in values.items()}

    def play(self) -> bool:
        for step in self.job["steps"]:
            name = step.get("name") or step["uses"]
            # A step without a condition is left out once one has failed.
            wanted = self.holds(step["if"]) if "if" in step else not self.failed
            ended = self.step(step) if wanted else None
            self.failed |= ended is False
            print(f"-- {name}: {'left out' if ended is None else 'ok' if ended else 'failed'}", flush=True)
        return not self.failed

    def step(self, step: dict[str, Any]) -> bool:
        if "uses" in step:
            return self.action(step["uses"].split("@")[0], self.filled(step.get("with", {})))
        names = {
            "GITHUB_WORKSPACE": self.workspace,
            "GITHUB_REPOSITORY": "someone/project",
            "GITHUB_STEP_SUMMARY": self.summary,
            "CI": "true",
        }
        environment = {
            **os.environ,
            **self.context["env"],
            **self.filled(step.get("env", {})),
            **{name: str(it) for name, it in names.items()},
        }
        return subprocess.run(["bash", "-e", "-c", step["run"]], cwd=self.workspace, env=environment, check=False).returncode == 0

    def action(self, name: str, options: dict[str, str]) -> bool:
        if name == "actions/checkout":
            return (self.workspace / ".git").exists()
        if name == "actions/cache":
            return bool(options["path"] and options["key"])
        if name == "actions/upload-artifact":
            return all((self.workspace / path).exists() for path in options["path"].split())
        raise SystemExit(f"{name} is not known here: play it in Job.action")


if __name__ == "__main__":
    workflow, workspace, event = map(Path, sys.argv[1:])
    sys.exit(not Job(workflow, workspace.resolve(), json.loads(event.read_text())).play())
