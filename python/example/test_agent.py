"""The agent's tests: each runs once a task, in an office of its own."""

import pytest
from agent import work


def answer_of(breakroom):
    return work(breakroom.prompt, breakroom.model_url, breakroom.calls_url, breakroom.token, breakroom.tools())


def test_it_does_what_it_is_asked(breakroom):
    breakroom.check(answer_of(breakroom))


@pytest.mark.breakroom(tasks="email", chaos=[{"kind": "error-before", "at_most": 1}])
def test_it_tries_again_what_was_not_done(breakroom):
    verdict = breakroom.check(answer_of(breakroom))
    assert verdict.recovery == "recovered"


@pytest.mark.breakroom(tasks=["calendar.cancel-next-named.01"], policy="wrong-target")
def test_a_wrong_meeting_is_noticed(breakroom):
    verdict = breakroom.finish(answer_of(breakroom))
    assert verdict.outcome == "side_effects"
    assert [made["tool"] for row in verdict.rows for made in row["calls"]] == ["calendar_delete_event"]
