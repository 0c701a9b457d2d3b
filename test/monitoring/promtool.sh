#!/usr/bin/env bash
# Prints where promtool is. In CI it is unpacked from Debian's package where it is missing: into a cache of its own, without
# installing anything. Elsewhere it says on stderr how to get it, and exits with 1.
set -euo pipefail
if command -v promtool; then exit 0; fi
cache="${XDG_CACHE_HOME:-$HOME/.cache}/fedmesh/promtool"
promtool="$cache/usr/bin/promtool"
if [ ! -x "$promtool" ]; then
  if [ "${CI:-}" != true ]; then
    echo "promtool is not on PATH: apt-get install prometheus, or https://prometheus.io/download" >&2
    exit 1
  fi
  if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
    echo "promtool is not on PATH, and this is no Debian to get it from" >&2
    exit 1
  fi
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  if ! (cd "$scratch" && { apt-get download -qq prometheus || { apt-get update -qq && apt-get download -qq prometheus; }; }) >&2; then
    echo "promtool is not on PATH, and the package prometheus cannot be downloaded" >&2
    exit 1
  fi
  mkdir -p "$cache"
  dpkg-deb -x "$scratch"/prometheus_*.deb "$scratch/unpacked"
  mkdir -p "$cache/usr/bin"
  mv "$scratch/unpacked/usr/bin/promtool" "$promtool"
fi
echo "$promtool"
