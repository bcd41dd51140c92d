#!/bin/sh
# An agent in shell: it looks for events with the words that the task puts between quotes, and says how many there are.
# Run it with --agent "exec:sh examples/agents/agent.sh". The prompt comes on standard input, what it prints is the answer, and
# the office is behind two file descriptors: one message a line, as PROTOCOL.md says.

call() { # call TOOL ARGUMENTS: the answer is in $answer
    printf '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"%s","arguments":%s}}\n' "$1" "$2" >&"$BREAKROOM_FD_OUT"
    read -r answer <&"$BREAKROOM_FD_IN"
}

prompt=$(cat)
words=$(printf '%s' "$prompt" | sed -n 's/^[^"]*"\([^"\\]*\)".*$/\1/p')
call calendar.search_events "{\"query\":\"$words\"}"
case $answer in
    *'"refused":false'*)
        total=$(printf '%s' "$answer" | sed -n 's/.*"total":\([0-9]*\).*/\1/p')
        echo "There are $total events with \"$words\" in their names." ;;
    *)
        echo "The office said: $answer" >&2
        exit 1 ;;
esac
