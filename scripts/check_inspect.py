"""Reads exported logs with inspect_ai, and holds them against the tables of the same runs."""

import csv
import pathlib
import sys

from inspect_ai.log import read_eval_log, read_eval_log_sample_summaries

LIMITS = {"step_limit": "turn", "time_limit": "time", "context_limit": "context"}


def check(path: pathlib.Path) -> int:
    log = read_eval_log(str(path))
    with open(path.with_suffix(".csv"), newline="") as file:
        rows = {(row["task"], int(row["trial"])): row for row in csv.DictReader(file)}
    assert log.status == "success", log.status
    assert len(log.samples) == len(rows), (len(log.samples), len(rows))
    for sample in log.samples:
        row = rows[sample.id, sample.epoch]
        place = (path.name, sample.id, sample.epoch)
        if row["outcome"] == "fault":
            assert sample.error is not None and not sample.scores, place
        else:
            value = sample.scores["verdict"].value
            assert value == ("C" if row["outcome"] == "correct" else "I"), place
        assert sample.input and sample.messages, place
        limit = LIMITS.get(row["ending"])
        assert (sample.limit.type if sample.limit else None) == limit, place
        called = [call for message in sample.messages if message.role == "assistant" for call in message.tool_calls or []]
        told = [message for message in sample.messages if message.role == "tool"]
        assert [call.id for call in called] == [message.tool_call_id for message in told], place
        if called:
            assert len(called) == int(row["calls"]), place
    judged = [row for row in rows.values() if row["outcome"] != "fault"]
    right = [row for row in judged if row["outcome"] == "correct"]
    if judged:
        accuracy = log.results.scores[0].metrics["accuracy"].value
        assert abs(accuracy - len(right) / len(judged)) < 1e-9, (path.name, accuracy)
    assert len(read_eval_log_sample_summaries(str(path))) == len(rows)
    return len(rows)


for path in sorted(pathlib.Path(sys.argv[1]).glob("*.eval")):
    print(f"inspect: read {check(path)} samples of {path.name}")
