"""Checks what scripts/show-regression.sh claims, from the files of the runs.

check_regression.py broken RUN COMPARISON     the comparison names the tasks that cannot be done in two replies, and no other
check_regression.py second-mail RUN TASK      the verdict names the second of two equal mails, and the call that sent it
"""

import json
import pathlib
import sys


def lines(path: pathlib.Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def last_needed_reply(trace: list[dict]) -> int:
    """Which reply of the model asked for the last change that the task needed; 0 where it needed none."""
    replies = needed = 0
    for line in trace:
        replies += line["event"] == "replied"
        if line["event"] == "called" and line.get("changed"):
            needed = replies
    return needed


def broken(run: str, comparison: str) -> str:
    folder = pathlib.Path(run)
    episodes = lines(folder / "episodes.jsonl")
    assert {episode["outcome"] for episode in episodes} == {"correct"}
    expected = {episode["task"] for episode in episodes if last_needed_reply(lines(folder / episode["trace"])) > 2}
    found = {task["task"] for task in json.loads(pathlib.Path(comparison).read_text())["tasks"] if task["broken"]}
    assert found == expected, (found - expected, expected - found)
    assert 0 < len(found) < len(episodes)
    return f"{len(found)} of {len(episodes)} tasks need more than two replies, and the gate names these and no other"


def second_mail(run: str, task: str) -> str:
    folder = pathlib.Path(run)
    (episode,) = [episode for episode in lines(folder / "episodes.jsonl") if episode["task"] == task]
    calls = [line for line in lines(folder / episode["trace"]) if line["event"] == "called"]
    first, second = [call for call in calls if call["tool"].endswith("send_email")]
    assert first["arguments"] == second["arguments"]
    assert first["disturbed"] == "timeout-after" and "disturbed" not in second
    (row,) = episode["verdict"]["rows"]
    assert (row["finding"], row["change"], row["table"]) == ("extra", "created", "email.email")
    assert row["id"] == second["changed"][0]["id"] != first["changed"][0]["id"]
    assert row["calls"] == [{"call": second["call"], "tool": "email_send_email"}]
    return f"mail {row['id']} is the second, and call {second['call']} sent it"


if __name__ == "__main__":
    what, *arguments = sys.argv[1:]
    print("checked:", {"broken": broken, "second-mail": second_mail}[what](*arguments))
