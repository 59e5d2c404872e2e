#!/bin/sh
# Install the locked dependencies and this package into its own virtual environment.
# Needs Python 3.11, 3.12 or 3.13 with the venv module; installs nothing outside the folder.
set -eu
venv=$1
check='import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'

works() { "$1" -c "$check" >/dev/null 2>&1; }

if ! works "$venv/bin/python"; then
    python=
    for name in python3.13 python3.12 python3.11 python3 python; do
        # A name on the path may be a wrapper without an interpreter behind it: try it.
        if works "$name"; then python=$name; break; fi
    done
    if [ -z "$python" ]; then
        echo "No suitable Python: install Python 3.11, 3.12 or 3.13 with its venv module" \
             "(Debian or Ubuntu: apt install python3-venv) and run the same command again." >&2
        exit 1
    fi
    if [ -e "$venv" ] && [ ! -e "$venv/pyvenv.cfg" ]; then
        echo "$venv exists and is no virtual environment: move it away and try again." >&2
        exit 1
    fi
    rm -rf "$venv"
    "$python" -m venv "$venv"
fi

echo "Setting up $venv with $("$venv/bin/python" --version) (once; a minute or so)" >&2
pip() { "$venv/bin/python" -m pip --disable-pip-version-check --quiet "$@"; }
pip install --require-hashes -r scripts/uv.lock

# uv does in seconds what pip does in minutes, but does not read pip's own configuration (a mirror,
# a certificate): where uv cannot reach an index, pip gets its turn.
if ! "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" \
        --require-hashes -r requirements.lock; then
    echo "uv could not install the dependencies; trying pip, which takes a few minutes" >&2
    pip install --require-hashes -r requirements.lock
fi
pip install --no-deps --no-build-isolation --editable .
