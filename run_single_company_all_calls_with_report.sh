#!/bin/sh
# All calls of a single company, with a report.
exec sh "$(dirname "$(readlink -f "$0")")/scripts/launch" calls run --type all "$@"
