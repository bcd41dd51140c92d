"""The plugin in the hands of a user, with the real program: BREAKROOM_BINARY, or breakroom on PATH."""

import os
import xml.etree.ElementTree
from pathlib import Path

import pytest

AGENT = Path(__file__).parent.parent / "example" / "agent.py"
ONE = '@pytest.mark.breakroom(tasks=["email.send-to-colleague.01"])'


@pytest.fixture
def project(pytester):
    """Writes a project with the example's agent and these tests, and runs them."""
    pytester.makepyfile(agent=AGENT.read_text())

    def run(tests, *arguments):
        helper = "def solve(it):\n    return work(it.prompt, it.model_url, it.calls_url, it.token, it.tools())\n"
        pytester.makepyfile(test_it=f"import pytest\nfrom agent import work\n\n{helper}\n{tests}")
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-v", *arguments)

    return run


def test_a_test_runs_once_a_task_as_different_as_they_can_be(project):
    tests = "def test_office(breakroom):\n    breakroom.check(solve(breakroom))"
    done = project(tests, "--breakroom-limit", "3")
    done.assert_outcomes(passed=3)
    done.stdout.fnmatch_lines(["*test_office?analytics.*PASSED*", "*test_office?customer*PASSED*", "*test_office?project*PASSED*"])
    done = project(tests, "--breakroom-only", "email", "--collect-only", "-q")
    done.stdout.fnmatch_lines(["*test_office?email.send-to-colleague.01?*"])
    done.stdout.no_fnmatch_line("*?calendar.*")


def test_a_failure_says_row_by_row_what_is_wrong_and_which_call_did_it(project):
    done = project(f"{ONE}\ndef test_office(breakroom):\n    breakroom.check(solve(breakroom))", "--breakroom-policy", "over-eager")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        [
            "email.send-to-colleague.01",
            "*Mail Tomasz Bellweather*",
            "side effects: 1 of 1 expected change made, 1 unwanted change",
            "*extra: *by call 3 (*",
            "call 3 *",
            "  -> *",
            "answered: *I also did what I thought would help.",
        ]
    )
    done.stdout.no_fnmatch_line("*Traceback*")


def test_a_test_that_forgets_to_ask_is_checked_all_the_same(project):
    done = project(f"{ONE}\ndef test_office(breakroom):\n    assert breakroom.prompt.startswith('Mail Tomasz')")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["incomplete: 0 of 1 expected change made", "*missing: email.email *Spare key* was not created"])


def test_a_test_can_decide_for_itself(project):
    tests = f"""
{ONE}
def test_office(breakroom):
    found = breakroom.call("company_directory.find_email_address", name="Tomasz Bellweather")["matches"][0]
    with pytest.raises(Exception, match="at least 1 character|subject"):
        breakroom.call("email.send_email", recipient=found["email"])
    verdict = breakroom.finish("I would rather not.")
    assert (verdict.outcome, verdict.correct, len(verdict.trace)) == ("incomplete", False, 2)
    assert breakroom.clock == "2026-06-11 09:00:00" and "@" in breakroom.owner
"""
    project(tests).assert_outcomes(passed=1)


def test_a_second_mail_after_a_lost_answer_is_named(project):
    lost = '[{"kind": "timeout-after", "tools": ["email.send_email"], "at_most": 1}]'
    done = project(f"{ONE}\n@pytest.mark.breakroom(chaos={lost})\ndef test_office(breakroom):\n    breakroom.check(solve(breakroom))")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        [
            "*extra: email.email *Spare key* was created by call 3 (email_send_email); cannot be undone",
            "*disturbed call 2 (email_send_email): timeout-after, *",
            "*the agent did damage after that",
            "*-> refused: no answer came in time*",
        ]
    )


def test_faults_of_the_model_begin_anew_in_every_test(project):
    tests = f"""
import urllib.error

{ONE}
@pytest.mark.breakroom(faults=["server-error"])
@pytest.mark.parametrize("time", [1, 2])
def test_breaks_off(breakroom, time):
    with pytest.raises(urllib.error.HTTPError, match="500"):
        solve(breakroom)
    breakroom.finish()
"""
    project(tests).assert_outcomes(passed=2)


def test_a_fault_of_the_office_is_an_error_and_no_failure(project, pytester):
    tests = f"""
{ONE}
def test_office(breakroom, breakroom_server):
    breakroom_server.running.process.kill()
    breakroom_server.running.process.wait()
    solve(breakroom)
"""
    done = project(tests, "--junitxml", "junit.xml")
    assert done.parseoutcomes().get("failed") is None, done.parseoutcomes()
    done.stdout.fnmatch_lines(["*breakroom serve --http ended with code -9*"])
    case = xml.etree.ElementTree.parse(pytester.path / "junit.xml").find(".//testcase")
    assert {child.tag for child in case} == {"error"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--breakroom-binary", "/nowhere/breakroom"], "*there is no program /nowhere/breakroom: name it with --breakroom-binary*"),
        (["--breakroom-suite", "/nowhere.jsonl"], "*there is no suite*/nowhere.jsonl*"),
        (["--breakroom-only", "quillwort"], "*holds 'quillwort'*"),
        (["--breakroom-limit", "0"], "*--breakroom-limit 0 leaves no task*"),
    ],
)
def test_wrong_usage_is_told_before_anything_runs(project, arguments, message):
    done = project("def test_office(breakroom):\n    pass", *arguments)
    assert done.ret == pytest.ExitCode.INTERRUPTED
    done.stdout.fnmatch_lines(["*ERROR collecting*", message])


def test_mcp_is_served_and_everything_is_stopped_in_the_end(project, pytester):
    tests = f"""
import json
import pathlib
import urllib.request

{ONE}
def test_office(breakroom, breakroom_server, breakroom_models):
    hello = {{"protocolVersion": "2025-11-25", "capabilities": {{}}, "clientInfo": {{"name": "test", "version": "1"}}}}
    body = json.dumps({{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}}).encode()
    headers = {{"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}}
    with urllib.request.urlopen(urllib.request.Request(breakroom.mcp_url, body, headers)) as answer:
        assert "breakroom" in answer.read().decode()
    breakroom.check(solve(breakroom))
    running = [breakroom_server.running, *(model.running for model in breakroom_models.shared.values())]
    pathlib.Path("pids").write_text(" ".join(str(server.process.pid) for server in running))
"""
    project(tests).assert_outcomes(passed=1)
    pids = [int(pid) for pid in (pytester.path / "pids").read_text().split()]
    assert len(pids) == 2
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_workers_of_xdist_each_have_their_own_office(project):
    tests = "def test_office(breakroom):\n    breakroom.check(solve(breakroom))"
    project(tests, "-n", "2", "--breakroom-limit", "6").assert_outcomes(passed=6)
