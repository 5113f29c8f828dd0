#!/bin/sh
# Asks for the credentials and stores them encrypted.
exec sh "$(dirname "$(readlink -f "$0")")/scripts/launch" credentials set "$@"
