"""The office as an environment of Gymnasium's kind, over plain HTTP and with nothing but the standard library.

An action is a call, {"name": …, "arguments": …}, or the last words, {"answer": …}, which end the episode. The reward is 1 where the databases
were left as the task wants them.
"""

import json
import os
import sys
from typing import Any
from urllib.request import Request, urlopen


class OfficeEnv:
    def __init__(self, server: str, token: str, suite: str = "office-690", max_steps: int = 50) -> None:
        self.server, self.token, self.suite, self.max_steps = server, token, suite, max_steps
        self.session: str | None = None

    def reset(self, seed: int | None = None, task: str | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
        """Opens a task, or the one that the seed draws: the prompt and the tools, and what there is to know besides."""
        self.close()
        wanted = {"suite": self.suite, "task": task} if task else {"suite": self.suite, "seed": seed or 0}
        opened = self._ask("POST", "/sessions", wanted)
        self.session, self.steps = opened["session"], 0
        observation = {"prompt": opened["task"]["prompt"], "tools": opened["tools"]}
        return observation, {"task": opened["task"]["id"], "clock": opened["clock"], "owner": opened["owner"]}

    def step(self, action: dict[str, Any]) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """What the call returned, the reward, whether the episode is over or broken off, and at its end the verdict."""
        self.steps += 1
        if "answer" in action:
            return {}, *self._finish(action["answer"], terminated=True)
        observation = self._ask("POST", f"/sessions/{self.session}/calls", action)
        if self.steps >= self.max_steps:
            return observation, *self._finish(None, terminated=False)
        return observation, 0.0, False, False, {}

    def close(self) -> None:
        if self.session:
            self._ask("DELETE", f"/sessions/{self.session}")
            self.session = None

    def _finish(self, answer: str | None, terminated: bool) -> tuple[float, bool, bool, dict[str, Any]]:
        verdict = self._ask("POST", f"/sessions/{self.session}/finish", {"answer": answer})["verdict"]
        return float(verdict["outcome"] == "correct"), terminated, not terminated, verdict

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(self.server + path, data, headers, method=method)) as response:
            return json.loads(response.read() or "null")


def main(task: str) -> None:
    """Plays the calls of standard input, a line each."""
    env = OfficeEnv(os.environ["BREAKROOM_SERVER"], os.environ["BREAKROOM_TOKEN"])
    observation, _ = env.reset(task=task)
    print(observation["prompt"])
    for line in sys.stdin:
        observation, *_ = env.step(json.loads(line))
        print(observation)
    _, reward, *_ = env.step({"answer": "Done."})
    env.close()
    print("reward", reward)


if __name__ == "__main__":
    main(sys.argv[1])
