#!/usr/bin/env bash
# Stops our services, then deletes the state folder and the caches. The environment .venv stays.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -x .venv/bin/decision766 ]; then
    .venv/bin/decision766 down --delete-data
fi
rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis dbt_project/target dbt_project/logs
find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
