#!/usr/bin/env bash
# Exports fresh runs as logs of Inspect, and reads them with inspect_ai itself, at the version that clients/requirements/ pins.
set -euo pipefail
cd "$(dirname "$0")/.."

python=$(python3 clients/environments.py mcp2)/bin/python
cargo build --quiet
breakroom=${CARGO_TARGET_DIR:-target}/debug/breakroom
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Native calls, one of them with arguments that are no JSON; the third reply is missing in every task, which is a fault.
cat > "$work/tools.jsonl" <<'SCRIPT'
{"replies": [{"text": "", "calls": [{"name": "company_directory_find_email_address", "arguments": {"name": "Olwen"}}, {"name": "calendar_delete_event", "arguments": "{oops"}]}, ""]}
SCRIPT
"$breakroom" run --limit 30 --trials 2 --out "$work/text" > /dev/null
"$breakroom" run --limit 3 --agent oracle --out "$work/oracle" > /dev/null
"$breakroom" run --limit 3 --agent tools --model "scripted:$work/tools.jsonl" --out "$work/native" > /dev/null 2>&1 || [ $? -eq 3 ]
"$breakroom" run --limit 3 --max-steps 1 --out "$work/limit" > /dev/null
for run in text oracle native limit; do
  "$breakroom" export "$work/$run" --format inspect --out "$work/$run.eval" > /dev/null
  "$breakroom" export "$work/$run" --format csv --out "$work/$run.csv" > /dev/null
done
"$python" scripts/check_inspect.py "$work"
