"""Which tasks of a suite a test gets."""

from __future__ import annotations

from itertools import chain, zip_longest
from typing import Any

Task = dict[str, Any]


def holding(tasks: list[Task], text: str) -> list[Task]:
    """Those whose id, tag or domain holds a text; `LookupError` where it is none."""
    found = [task for task in tasks if any(text in word for word in (task["id"], *task["tags"], *task["domains"]))]
    if not found:
        raise LookupError(f"no task's id, tag or domain holds {text!r}: `breakroom tasks list` prints the ids")
    return found


def named(tasks: list[Task], ids: list[str]) -> list[Task]:
    """Those of these ids, in this order; `LookupError` names one that there is not."""
    known = {task["id"]: task for task in tasks}
    unknown = [task for task in ids if task not in known]
    if unknown:
        raise LookupError(f"there is no task {unknown[0]}: `breakroom tasks list` prints the ids")
    return [known[task] for task in ids]


def spread(tasks: list[Task], limit: int | None) -> list[Task]:
    """The first task of each template or, of so many as wanted, as different ones as there are."""
    of_template: dict[str, list[Task]] = {}
    for task in tasks:
        of_template.setdefault(task["template"], []).append(task)
    templates = list(of_template.values())
    if limit is None or limit == len(templates):
        return [first for first, *_ in templates]
    if limit < len(templates):
        return [templates[place * len(templates) // limit][0] for place in range(limit)]
    rounds = chain.from_iterable(zip_longest(*templates))
    return [task for task in rounds if task is not None][:limit]
