"""What holds of the clients and their runner: `python3 -m unittest discover clients`. The program is `BREAKROOM_BINARY`, or what `cargo build` makes."""

import argparse
import os
import unittest
from dataclasses import replace
from pathlib import Path

import docs
import run
from program import program
from seats import Servers, tasks
from server import ModelServer, Office

HERE = Path(__file__).resolve().parent


class Files(unittest.TestCase):
    def test_every_page_shows_the_scripts_as_they_are(self):
        for page in docs.PAGES:
            self.assertEqual(page.read_text(), docs.filled(page.read_text()), f"{page.name}: run python3 clients/docs.py")

    def test_every_script_is_on_a_page(self):
        self.assertEqual({f"clients/{client.script}" for client in run.manifest()}, docs.shown())

    def test_every_group_is_pinned_and_used(self):
        groups = {client.group for client in run.manifest()} - {None, "node"} | {"fuzz", "lint"}
        for suffix in (".in", ".txt"):
            self.assertEqual({path.stem for path in (HERE / "requirements").glob(f"*{suffix}")}, groups)

    def test_the_lock_of_node_names_no_registry(self):
        self.assertNotIn('"resolved"', (HERE / "node/package-lock.json").read_text())

    def test_the_environment_is_short(self):
        self.assertLess(len((HERE / "gym_env.py").read_text().splitlines()), 80)


class Runner(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        binary = os.environ.get("BREAKROOM_BINARY")
        binary = program(argparse.Namespace(binary=Path(binary) if binary else None))
        office, models = cls.enterClassContext(Office(binary)), cls.enterClassContext(ModelServer(binary))
        cls.servers = Servers(binary, office, models)
        cls.clients = {client.name: client for client in run.manifest()}

    def test_a_client_that_does_nothing_has_passed_no_task(self):
        for name in ("curl", "gym", "openenv"):
            for task in tasks():
                with self.subTest(client=name, task=task.name):
                    self.assertIsNotNone(run.try_task(self.clients[name], task, [], self.servers, None))

    def test_a_client_that_does_too_much_has_not_passed(self):
        write = tasks()[1]
        for name in ("curl", "gym"):
            failure = run.try_task(self.clients[name], write, [*write.calls, write.calls[-1]], self.servers, None)
            self.assertRegex(failure, "verdict")

    def test_a_client_that_fails_has_failed(self):
        broken = replace(self.clients["curl"], name="broken", script="absent.sh")
        self.assertEqual(run.try_client(broken, self.servers).passed, 0)

    def test_a_client_that_cannot_be_installed_has_failed(self):
        report = run.try_client(replace(self.clients["mcp-http"], group="absent"), self.servers)
        self.assertEqual(report.passed, 0)
        self.assertIn("there is no group absent", report.failures[0])

    def test_plain_clients_pass(self):
        for name in ("curl", "gym", "openenv"):
            self.assertEqual(run.try_client(self.clients[name], self.servers).failures, [])


if __name__ == "__main__":
    unittest.main()
