#!/bin/sh
# Accepted calls of an office (--office OFFICE), or of all.
exec sh "$(dirname "$(readlink -f "$0")")/scripts/launch" calls run --type accepted "$@"
