#!/usr/bin/env bash
# curl and nothing else: each line of standard input is a call like {"name": …, "arguments": …}.
set -euo pipefail

while read -r call; do
  curl --silent --show-error --fail-with-body "$BREAKROOM_URL/calls" \
    --header "Authorization: Bearer $BREAKROOM_TOKEN" --header "Content-Type: application/json" --data "$call"
  echo
done
