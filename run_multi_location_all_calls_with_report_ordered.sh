#!/bin/sh
# All calls of all offices in their processing order, with a report.
exec sh "$(dirname "$(readlink -f "$0")")/scripts/launch" calls run --all "$@"
