#!/usr/bin/env python3
"""Tries clients: installs what they need, lets each do the same tasks against a fresh server, and reads the verdicts.

Exits 0 where every client passed, 1 where one did not, 2 where it was called wrongly, 3 where there is no program to try.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib.metadata import distributions
from pathlib import Path

import environments
from program import add_binary, program
from seats import TRANSPORTS, ByItself, Finished, Servers, Task, tasks
from server import ModelServer, Office

HERE = Path(__file__).resolve().parent
# A framework takes seconds to be imported, and more where other work goes on beside it.
PATIENCE = 180
# The most of a failed script's last words that is shown.
TAIL = 2000


@dataclass(frozen=True)
class Client:
    """An entry of clients.toml."""

    name: str
    script: str
    transport: str
    driver: str
    arguments: tuple[str, ...] = ()
    group: str | None = None
    packages: tuple[str, ...] = ()
    on_request: bool = False


@dataclass
class Report:
    """What came of a client."""

    client: str
    versions: dict[str, str]
    transport: str
    driver: str
    passed: int
    tasks: int
    seconds: float
    failures: list[str]


def manifest() -> list[Client]:
    """Every client, in the order of clients.toml."""
    entries = tomllib.loads((HERE / "clients.toml").read_text())
    return [Client(name, **{key.replace("-", "_"): value for key, value in entry.items()}) for name, entry in entries.items()]


def interpreter(client: Client, place: Path | None) -> str:
    """What runs a client's script."""
    if client.script.endswith(".sh"):
        return "bash"
    return str(place / "bin/python") if place and (place / "bin/python").exists() else sys.executable


def versions(client: Client, place: Path | None) -> dict[str, str]:
    """What is installed of a client's packages; of one without any, what it is written in."""
    if place is None:
        program = "curl" if client.script == "curl.sh" else sys.executable
        name, version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()[:2]
        return {name: version}
    if client.group == "node":
        packages = {name: place / "node_modules" / name / "package.json" for name in client.packages}
        return {name: json.loads(package.read_text())["version"] for name, package in packages.items()}
    installed = distributions(path=[str(path) for path in place.glob("lib/python3*/site-packages")])
    found = {it.name.replace("_", "-"): it.version for it in installed}
    return {name: found[name] for name in client.packages}


def try_task(client: Client, task: Task, calls: list[dict], servers: Servers, place: Path | None) -> str | None:
    """Lets a client do a task with these calls, and says what went wrong."""
    seat = TRANSPORTS[client.transport](servers, task)
    command = [interpreter(client, place), str(HERE / client.script), *client.arguments]
    if client.driver != "plain" or isinstance(seat, ByItself):
        command.append(seat.prompt)
    programs = [str(place / folder) for folder in ("bin", "node_modules/.bin") if place] + [os.environ["PATH"]]
    environment = os.environ | seat.environment | {"PATH": os.pathsep.join(programs)}
    lines = "".join(json.dumps(call, ensure_ascii=False) + "\n" for call in calls)
    with tempfile.TemporaryDirectory() as folder:
        try:
            ran = subprocess.run(
                command, check=False, input=lines, env=environment, cwd=folder, capture_output=True, text=True, timeout=PATIENCE
            )
        except subprocess.TimeoutExpired:
            return f"it did not end within {PATIENCE} seconds"
    finished = seat.finish(ran.stdout)
    if ran.returncode != 0:
        return f"it ended with {ran.returncode}: {ran.stderr[-TAIL:]}"
    return wrong(client, task, ran.stdout, finished)


def wrong(client: Client, task: Task, said: str, finished: Finished) -> str | None:
    """What is wrong with the end of an episode."""
    if finished.outcome != "correct":
        return f"the verdict is {finished.outcome!r}"
    if client.driver == "model server":
        # The model looks up what it needs, and not what the tasks here list.
        return None if finished.called else "no call reached the office"
    expected = [call["name"] for call in task.calls]
    if finished.called not in (None, expected):
        return f"the calls {finished.called} reached the office instead of {expected}"
    return None if task.shows in said else f"it did not print {task.shows!r}, which one of its calls returned"


def try_client(client: Client, servers: Servers) -> Report:
    """Lets a client do every task. One that cannot be installed has failed them all."""
    began = time.monotonic()
    report = Report(client.name, {}, client.transport, client.driver, 0, len(tasks()), 0, [])
    try:
        place = environments.ensure(client.group) if client.group else None
        report.versions = versions(client, place)
        for task in tasks():
            failure = try_task(client, task, task.calls, servers, place)
            if failure is None:
                report.passed += 1
            else:
                report.failures.append(f"{task.name}: {failure}")
    except (OSError, subprocess.SubprocessError, KeyError) as error:
        report.failures.append(f"{type(error).__name__}: {error}")
    report.seconds = round(time.monotonic() - began, 1)
    print(f"{client.name}: {report.passed} of {report.tasks} in {report.seconds} s", file=sys.stderr)
    return report


def table(reports: list[Report]) -> str:
    """What came of every client, for people."""
    rows = [("client", "versions", "transport", "driver", "passed", "seconds")]
    for it in reports:
        shown = ", ".join(f"{name} {version}" for name, version in it.versions.items())
        rows.append((it.client, shown, it.transport, it.driver, f"{it.passed}/{it.tasks}", f"{it.seconds:.1f}"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def chosen(names: list[str]) -> list[Client]:
    """The clients of these names; without names all but those that are only run on request."""
    clients = {client.name: client for client in manifest()}
    for name in names:
        if name not in clients:
            print(f"error: there is no client {name!r}: --list prints all", file=sys.stderr)
            sys.exit(2)
    return [clients[name] for name in names] or [client for client in clients.values() if not client.on_request]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="clients to try [default: all but those that are only run on request]")
    parser.add_argument("--list", action="store_true", help="print the clients and try none")
    add_binary(parser)
    parser.add_argument("--json", action="store_true", help="print as JSON")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count(), metavar="N", help="clients that are tried at once [default: %(default)s]"
    )
    options = parser.parse_args()
    clients = chosen(options.names)
    if options.list:
        listed = manifest()
        lines = "\n".join(f"{client.name:20} {client.transport:20} {client.driver}" for client in listed)
        print(json.dumps([asdict(client) for client in listed], indent=2) if options.json else lines)
        return 0
    binary = program(options)
    with Office(binary) as office, ModelServer(binary) as models, ThreadPoolExecutor(options.jobs) as pool:
        servers = Servers(binary, office, models)
        try:
            reports = list(pool.map(lambda client: try_client(client, servers), clients))
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            return 130
    print(json.dumps([asdict(report) for report in reports], indent=2) if options.json else table(reports))
    for report in reports:
        for failure in report.failures:
            print(f"error: {report.client}: {failure}", file=sys.stderr)
    return 0 if all(report.passed == report.tasks for report in reports) else 1


if __name__ == "__main__":
    sys.exit(main())
