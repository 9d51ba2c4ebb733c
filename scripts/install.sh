#!/usr/bin/env bash
# Makes .venv from requirements.lock, hashes checked, and the project editable in it.
# Skipped while lock and project file are unchanged; an interrupted install is done again.
set -euo pipefail
cd "$(dirname "$0")/.."
unset PYTHONDONTWRITEBYTECODE PYTHONHOME PYTHONPATH VIRTUAL_ENV

fail() { # message, next step
    printf '\nError: %s\nNext:  %s\n' "$1" "$2" >&2
    exit 1
}

stamp=.venv/installed
wanted=$(cat requirements.lock pyproject.toml | cksum)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && .venv/bin/python -c '' 2>/dev/null; then
    exit 0
fi

python=""
for candidate in python3.11 python3.12 python3.13 python3; do
    if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || fail "Python 3.11, 3.12 or 3.13 is needed, and none was found." \
    "Install one (Debian, Ubuntu: apt install python3.11 python3.11-venv; macOS: brew install python@3.11) and try again."

free=$(df -Pk . | awk 'NR == 2 {print $4}')
[ "$free" -ge 3000000 ] || fail "The disk has $((free / 1024)) MB free; about 3000 MB are needed." \
    "Free some space, or clone the project to another disk."

started=$SECONDS
if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    echo "Making .venv with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv || fail "A virtual environment could not be made." \
        "Install Python's venv module (Debian, Ubuntu: apt install ${python}-venv) and try again."
fi
rm -f "$stamp"

quiet=(--quiet --disable-pip-version-check)
locked=(--no-deps --require-hashes --only-binary :all: -r requirements.lock)
own=(--no-deps --no-build-isolation --editable .)

# The system's own certificates, as pip uses them: a company's network may have its own authority.
with_uv() {
    .venv/bin/python -m pip install "${quiet[@]}" --only-binary :all: uv || return 1
    echo "Installing the locked packages with uv"
    UV_SYSTEM_CERTS=1 .venv/bin/uv pip install --python .venv/bin/python --quiet --compile-bytecode "${locked[@]}" &&
        .venv/bin/uv pip install --python .venv/bin/python --quiet "${own[@]}"
}

with_pip() {
    echo "Installing the locked packages with pip (about a minute)"
    .venv/bin/python -m pip install "${quiet[@]}" "${locked[@]}" &&
        .venv/bin/python -m pip install "${quiet[@]}" "${own[@]}"
}

with_uv 2>.venv/uv.log || with_pip ||
    fail "The packages could not be installed (see above)." \
        "Check the network and the package index (pip config list), then run the same command again."
echo "$wanted" >"$stamp"
echo "Installed in $((SECONDS - started)) s"
