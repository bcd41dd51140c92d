#!/usr/bin/env bash
# Shows a regression being caught, from a clean clone: keeps a baseline, weakens the agent, sees the gate fail with the right tasks named, restores
# it, and sees the gate pass. Then an answer is lost after a mail was sent, and the verdict names the second mail and the call that sent it.
# Everything that it claims is checked; it exits 1 where anything is otherwise.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --quiet
breakroom=$(realpath "${CARGO_TARGET_DIR:-target}")/debug/breakroom
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp scripts/check_regression.py "$work"
cd "$work"

exec 3>&1 # commands are shown also where their output goes elsewhere
show() { printf '\n$ breakroom %s\n' "$*" >&3; "$breakroom" "$@" 2> errors.txt || { ended=$?; cat errors.txt >&2; return "$ended"; }; }
head_of() { cut -c "1-${COLUMNS:-160}" | sed -n "1,$1p"; }
total() { grep -e '^| domain' -e '^| all' -e '^[0-9].* disturbed' | head_of 3; }
agent=(--agent react --model scripted:oracle --only .01)

echo "# 1. An agent does the first task of each template, and what it came to is kept in one small file."
show run "${agent[@]}" --out before | total
show baseline before --out baseline.json

echo; echo "# 2. The agent is weakened: it may only say two things. The gate fails, and names what broke."
show run "${agent[@]}" --max-steps 2 --out weak | total
show compare baseline.json weak --fail-on broken,side-effects --json --markdown weak.md > weak.json && ended=0 || ended=$?
head_of 4 < weak.md
grep -A 6 '^\*\*broken' weak.md
echo "  …"
[ "$ended" = 1 ] || { echo "the gate ended with $ended, and not with 1" >&2; exit 1; }
echo "checked: exit code 1"
python3 check_regression.py broken before weak.json

echo; echo "# 3. The agent is restored, and the gate passes."
show run "${agent[@]}" --out after | total
show compare baseline.json after --fail-on broken,side-effects | head_of 4

echo; echo "# 4. The office misbehaves: a mail is sent, and the answer is lost. The agent sends it again."
cat > lost-answer.toml <<'FAULTS'
format_version = 1
[[fault]]
kind = "timeout-after"
tools = ["email.send_email"]
at_most = 1
FAULTS
cat lost-answer.toml
task=email.send-to-colleague.01
show run --agent react --model scripted:oracle --only "$task" --chaos lost-answer.toml --out lost | total
show show lost "$task" | head_of 60
python3 check_regression.py second-mail lost "$task"
