"""Test an agent in a simulated workplace: the fixture `breakroom` opens a task, and a test fails with what the agent did wrong, row by row."""

from .episode import Episode, Refusal, Verdict
from .program import Fault, Problem

__all__ = ["Episode", "Fault", "Problem", "Refusal", "Verdict"]
