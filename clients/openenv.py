"""The calls of OpenEnv's clients, `reset`, `step` and `state`, for trainers that are written against them."""

import json
import os
import sys
from dataclasses import dataclass
from typing import Any

from gym_env import OfficeEnv


@dataclass
class StepResult:
    observation: dict[str, Any]
    reward: float | None = None
    done: bool = False


@dataclass
class State:
    episode_id: str | None
    step_count: int
    task: str


class OpenOffice:
    def __init__(self, base_url: str, token: str) -> None:
        self._env = OfficeEnv(base_url, token)
        self._task = ""

    def reset(self, seed: int | None = None, task: str | None = None) -> StepResult:
        observation, info = self._env.reset(seed, task)
        self._task = info["task"]
        return StepResult(observation)

    def step(self, action: dict[str, Any]) -> StepResult:
        observation, reward, terminated, truncated, _ = self._env.step(action)
        return StepResult(observation, reward, terminated or truncated)

    def state(self) -> State:
        return State(self._env.session, self._env.steps, self._task)

    def close(self) -> None:
        self._env.close()


def main(task: str) -> None:
    """Plays the calls of standard input, a line each."""
    env = OpenOffice(os.environ["BREAKROOM_SERVER"], os.environ["BREAKROOM_TOKEN"])
    print(env.reset(task=task).observation["prompt"])
    for line in sys.stdin:
        print(env.step(json.loads(line)).observation)
    result = env.step({"answer": "Done."})
    print(env.state())
    env.close()
    print("reward", result.reward)


if __name__ == "__main__":
    main(sys.argv[1])
