#!/bin/sh
# Open the admin interface in a browser; start the service first if it does not run.
exec sh "$(dirname "$(readlink -f "$0")")/scripts/launch" admin --start "$@"
