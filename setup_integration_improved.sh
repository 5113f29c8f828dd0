#!/bin/sh
# Install Switchboard into .venv beside this file and prepare a configuration. Safe to repeat.
set -eu
here=$(dirname "$(readlink -f "$0")")
# An archive that was unpacked may have lost who may run what.
chmod +x "$here"/*.sh "$here"/scripts/setup "$here"/scripts/launch
"$here/scripts/setup" runtime
exec "$here/scripts/launch" setup "$@"
