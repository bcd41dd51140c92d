#!/usr/bin/env bash
# Makes one archive for machines without Rust: the program, completions for shells, man pages, the licence and the README.
# Usage: scripts/dist.sh [--profile PROFILE] [--out DIR]    (defaults: dist, target/dist-archives)
set -euo pipefail
cd "$(dirname "$0")/.."

profile=dist
out=target/dist-archives
while [ $# -gt 0 ]; do
  case "$1" in
    --profile) profile=${2:?--profile needs a name}; shift 2 ;;
    --out) out=${2:?--out needs a folder}; shift 2 ;;
    *) echo "unknown argument $1: usage: scripts/dist.sh [--profile PROFILE] [--out DIR]" >&2; exit 2 ;;
  esac
done

cargo build --locked --profile "$profile" --bin breakroom
built="${CARGO_TARGET_DIR:-target}/$profile/breakroom"
version=$(cargo metadata --no-deps --format-version 1 | sed -n 's/.*"name":"breakroom","version":"\([^"]*\)".*/\1/p')
host=$(rustc -vV | sed -n 's/^host: //p')
name="breakroom-${version:?the version is not in cargo metadata}-$host"

mkdir -p "$out"
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
mkdir -p "$stage/$name/completions" "$stage/$name/man"
cp "$built" "$stage/$name/breakroom"
strip "$stage/$name/breakroom"
for shell in bash zsh fish elvish powershell; do
  "$built" completions "$shell" >"$stage/$name/completions/breakroom.$shell"
done
"$built" man --out "$stage/$name/man"
cp LICENSE README.md "$stage/$name/"

# Names in order and without times, so that equal contents make an equal archive.
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime='1970-01-01 00:00:00Z' -C "$stage" -cf - "$name" | gzip -9n >"$out/$name.tar.gz"
(cd "$out" && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")
printf '%s bytes %s\n' "$(stat -c %s "$stage/$name/breakroom")" breakroom
printf '%s bytes %s\n' "$(stat -c %s "$out/$name.tar.gz")" "$out/$name.tar.gz"
