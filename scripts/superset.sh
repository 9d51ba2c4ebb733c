#!/usr/bin/env bash
# Installs a stock Superset, imports bi/superset, serves it on this machine and holds its figures against the marts.
# Usage: scripts/superset.sh [postgresql://USER@HOST:PORT/DATABASE]     SUPERSET_PORT, SUPERSET_KEEP=1: leave it on.
set -euo pipefail
cd "$(dirname "$0")/.."

database="${1:-postgresql://decision766@127.0.0.1:${DECISION766_DATABASE_PORT:-15766}/decision766}"
port="${SUPERSET_PORT:-18088}"
bin="$PWD/.venv-superset/bin"
export SUPERSET_HOME="${SUPERSET_HOME:-$PWD/.venv-superset/home}"
export SUPERSET_CONFIG_PATH="$PWD/bi/superset/superset_config.py" FLASK_APP=superset
mkdir -p "$SUPERSET_HOME"
umask 077
[ -f "$SUPERSET_HOME/secret.key" ] || python3 -c 'import secrets; print(secrets.token_hex(32), end="")' > "$SUPERSET_HOME/secret.key"
[ -f "$SUPERSET_HOME/password" ] || python3 -c 'import secrets; print(secrets.token_urlsafe(18), end="")' > "$SUPERSET_HOME/password"
password="$(cat "$SUPERSET_HOME/password")"

if ! cmp -s bi/superset/requirements.txt .venv-superset/installed.txt; then
    .venv/bin/uv venv --quiet --allow-existing --python python3.11 .venv-superset
    .venv/bin/uv pip install --quiet --python "$bin/python" -r bi/superset/requirements.txt
    "$bin/superset" db upgrade > "$SUPERSET_HOME/setup.log" 2>&1
    "$bin/superset" fab create-admin --username admin --firstname Local --lastname Admin \
        --email admin@example.org --password "$password" >> "$SUPERSET_HOME/setup.log" 2>&1
    "$bin/superset" init >> "$SUPERSET_HOME/setup.log" 2>&1
    cp bi/superset/requirements.txt .venv-superset/installed.txt
fi

stage="$(mktemp -d)"
server=""
trap 'rm -rf "$stage"; [ -z "$server" ] || [ -n "${SUPERSET_KEEP:-}" ] || kill "$server"' EXIT
python3 bi/superset/bundle.py "$stage/decision766.zip" "${database/postgresql:/postgresql+psycopg2:}"
"$bin/gunicorn" --workers 1 --threads 8 --timeout 120 --bind "127.0.0.1:$port" "superset.app:create_app()" \
    > "$SUPERSET_HOME/server.log" 2>&1 &
server=$!
for _ in $(seq 120); do
    curl --silent --fail --output /dev/null "http://127.0.0.1:$port/health" && break
    kill -0 "$server" || { tail -20 "$SUPERSET_HOME/server.log"; exit 1; }
    sleep 1
done
"$bin/python" bi/superset/load.py "http://127.0.0.1:$port" admin "$password" "$stage/decision766.zip"
"$bin/python" bi/superset/check.py "http://127.0.0.1:$port" admin "$password" "$database"
[ -z "${SUPERSET_KEEP:-}" ] || echo "http://127.0.0.1:$port/superset/dashboard/diem-766/  admin, password in $SUPERSET_HOME/password; process $server"
