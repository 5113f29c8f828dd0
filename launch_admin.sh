#!/bin/sh
# How the integration is doing.
exec sh "$(dirname "$(readlink -f "$0")")/scripts/launch" admin "$@"
