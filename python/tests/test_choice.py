"""Which tasks a test gets."""

import pytest

from breakroom_pytest import choice

TASKS = [
    {"id": f"{template}.{number:02}", "template": template, "tags": [template], "domains": ["mail"]}
    for template in "abcd"
    for number in (1, 2)
]


def ids(tasks):
    return [task["id"] for task in tasks]


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (None, ["a.01", "b.01", "c.01", "d.01"]),
        (2, ["a.01", "c.01"]),
        (6, ["a.01", "b.01", "c.01", "d.01", "a.02", "b.02"]),
        (99, ["a.01", "b.01", "c.01", "d.01", "a.02", "b.02", "c.02", "d.02"]),
    ],
)
def test_tasks_are_as_different_as_they_can_be(limit, expected):
    assert ids(choice.spread(TASKS, limit)) == expected


def test_tasks_are_found_by_text_and_by_id():
    assert ids(choice.holding(TASKS, "b")) == ["b.01", "b.02"]
    assert ids(choice.holding(TASKS, "mail")) == ids(TASKS)
    assert ids(choice.named(TASKS, ["c.02", "a.01"])) == ["c.02", "a.01"]
    with pytest.raises(LookupError, match="'quill'"):
        choice.holding(TASKS, "quill")
    with pytest.raises(LookupError, match=r"no task x\.01"):
        choice.named(TASKS, ["x.01"])
