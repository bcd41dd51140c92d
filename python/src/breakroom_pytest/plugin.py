"""The plugin: its options, the marker, and the fixture `breakroom`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from . import choice
from .episode import Episode
from .program import Fault, ModelServer, Program, Server

MARKER = (
    "breakroom(tasks=…, policy=…, faults=…, chaos=…): the tasks of a test that uses the fixture breakroom (ids, or a text that ids, tags or "
    "domains hold), what its model plays and the faults mixed into that, and the faults of the office's tools"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("breakroom", "a simulated workplace for agents")
    add = group.addoption
    add("--breakroom-binary", metavar="PATH", help="the program breakroom (default: BREAKROOM_BINARY, or breakroom on PATH)")
    add(
        "--breakroom-suite",
        metavar="SUITE",
        default="office-690",
        help="a suite's file, or the name of one that ships (default: office-690)",
    )
    add("--breakroom-world", metavar="DIR", help="the folder of the suite's world (default: the office that ships)")
    add(
        "--breakroom-limit",
        metavar="N",
        type=int,
        help="so many tasks a test, as different ones as there are (default: one of each template)",
    )
    add("--breakroom-only", metavar="PATTERN", help="only tasks whose id, tag or domain holds this text")
    add("--breakroom-policy", metavar="POLICY", default="oracle", help="what the model of model_url plays (default: oracle)")
    add("--breakroom-fault", metavar="KIND[=RATE]", action="append", default=[], help="mix a fault into that model; several can be named")
    add("--breakroom-chaos", metavar="FILE", help="let the office's tools misbehave as this file says")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)


class Settings:
    """What the options say; the suite is read once, and only where a test needs it. `LookupError` and `ValueError` say what is wrong."""

    KEY = pytest.StashKey["Settings"]()

    def __init__(self, config: pytest.Config) -> None:
        self.limit: int | None = config.getoption("--breakroom-limit")
        if self.limit is not None and self.limit < 1:
            raise ValueError(f"--breakroom-limit {self.limit} leaves no task: 1 at least")
        binary = Program.find(config.getoption("--breakroom-binary"))
        self.program = Program(binary, config.getoption("--breakroom-suite"), config.getoption("--breakroom-world"))
        self.tasks = self.program.tasks()
        self.left = choice.holding(self.tasks, config.getoption("--breakroom-only") or "")

    @classmethod
    def of(cls, config: pytest.Config) -> Settings:
        if cls.KEY not in config.stash:
            config.stash[cls.KEY] = cls(config)
        return config.stash[cls.KEY]

    def choose(self, wanted: str | list[str] | None) -> list[choice.Task]:
        """The tasks of a test whose marker wants these."""
        if wanted is None:
            return choice.spread(self.left, self.limit)
        if isinstance(wanted, str):
            return choice.spread([task for task in choice.holding(self.tasks, wanted) if task in self.left], self.limit)
        return [task for task in choice.named(self.tasks, wanted) if task in self.left][: self.limit]


def wanted(node: Any, name: str, default: Any = None) -> Any:
    """What the nearest marker that says anything about it wants."""
    marks = node.iter_markers("breakroom")
    return next((mark.kwargs[name] for mark in marks if name in mark.kwargs), default)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "breakroom" not in metafunc.fixturenames:
        return
    try:
        tasks = Settings.of(metafunc.config).choose(wanted(metafunc.definition, "tasks"))
    except (LookupError, ValueError) as error:
        raise pytest.Collector.CollectError(f"{metafunc.definition.nodeid}: {error}") from None
    metafunc.parametrize("breakroom", tasks, indirect=True, ids=[task["id"] for task in tasks])


@pytest.fixture(scope="session")
def breakroom_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """The office's server; each worker of pytest-xdist has one of its own."""
    server = Server(Settings.of(request.config).program, request.config.getoption("--breakroom-chaos"))
    yield server
    server.running.stop()


class Models:
    """The model servers of a test session."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.shared: dict[str, ModelServer] = {}

    def start(self, policy: str, faults: tuple[str, ...]) -> ModelServer:
        return ModelServer(self.program, policy, faults)

    def without_faults(self, policy: str) -> ModelServer:
        if policy not in self.shared:
            self.shared[policy] = self.start(policy, ())
        return self.shared[policy]


@pytest.fixture(scope="session")
def breakroom_models(request: pytest.FixtureRequest) -> Iterator[Models]:
    """The models without weights, started when a test asks for one."""
    models = Models(Settings.of(request.config).program)
    yield models
    for server in models.shared.values():
        server.running.stop()


@pytest.fixture
def breakroom(request: pytest.FixtureRequest, breakroom_server: Server, breakroom_models: Models) -> Iterator[Episode]:
    """A task in an office of its own: `prompt`, `mcp_url`, `model_url`, and `check(answer)` for the verdict."""
    policy = wanted(request.node, "policy", request.config.getoption("--breakroom-policy"))
    faults = tuple(wanted(request.node, "faults", request.config.getoption("--breakroom-fault")))
    chaos = wanted(request.node, "chaos")
    own: list[ModelServer] = []

    def model_url() -> str:
        if not faults:
            return breakroom_models.without_faults(policy).url
        # Faults are counted by conversation, and a test that broke off must not use up those of the next.
        if not own:
            own.append(breakroom_models.start(policy, faults))
        return own[0].url

    if isinstance(chaos, list):
        chaos = {"format_version": 1, "fault": chaos}
    episode = Episode(breakroom_server, request.param, chaos, model_url)
    request.node.stash[EPISODE] = episode
    yield episode
    for server in own:
        server.running.stop()
    episode.close()


EPISODE = pytest.StashKey[Episode]()


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Any:
    """A test that never asked for the verdict is checked all the same, and what fails on the office's side is told apart."""
    __tracebackhide__ = True
    episode = pyfuncitem.stash.get(EPISODE, None)
    if episode is None:
        return (yield)
    try:
        done = yield
    except Exception:
        episode.raise_fault()
        raise
    if episode.verdict is None:
        episode.check()
    return done


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report: pytest.TestReport = yield
    if report.when == "call" and call.excinfo is not None and call.excinfo.errisinstance(Fault):
        # What fails before the call is an error and no failed assertion, for every reporter.
        report.when = "setup"
    return report
