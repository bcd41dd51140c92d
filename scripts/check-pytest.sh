#!/usr/bin/env bash
# The pytest plugin: its own tests, and the example project as its user would run it, in a fresh environment.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --quiet
BREAKROOM_BINARY=$(realpath "${CARGO_TARGET_DIR:-target}")/debug/breakroom
export BREAKROOM_BINARY
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -c python/constraints.txt ruff "./python[test]"
"$work/venv/bin/ruff" check python
"$work/venv/bin/ruff" format --check python
cp -r python "$work/plugin"
(cd "$work/plugin" && "$work/venv/bin/pytest" -q)

cp -r python/example "$work/project"
cd "$work/project"
"$work/venv/bin/pytest" -q
if "$work/venv/bin/pytest" -q --breakroom-only email.send-to-colleague.01 --breakroom-chaos lost-answers.toml -k asked > failed.txt; then
  echo "a mail was sent twice, and no test failed" >&2
  exit 1
fi
cat failed.txt
grep -q 'extra: email.email .* was created by call 3 (email_send_email); cannot be undone' failed.txt
grep -q 'disturbed call 2 (email_send_email): timeout-after' failed.txt
grep -q '^1 failed' failed.txt
echo "pytest: the second mail was named, with the call that sent it"
