"""Import the bundle into a running Superset over its API, in place of what an earlier import left there.

    python bi/superset/load.py http://127.0.0.1:28088 admin PASSWORD decision766.zip

`superset import-dashboards` does it too in an empty Superset; datasets that are there it leaves as they were.
"""

import io
import sys
import zipfile

import requests


def main(address: str, user: str, password: str, bundle: str) -> None:
    """Import; an error says what Superset refused."""
    web = requests.Session()
    login = {"username": user, "password": password, "provider": "db"}
    token = web.post(f"{address}/api/v1/security/login", json=login, timeout=60).json()["access_token"]
    web.headers["Authorization"] = f"Bearer {token}"
    csrf = web.get(f"{address}/api/v1/security/csrf_token/", timeout=60).json()["result"]
    web.headers.update({"X-CSRFToken": csrf, "Referer": address})
    files = {"bundle": ("decision766.zip", as_assets(bundle), "application/zip")}
    answer = web.post(f"{address}/api/v1/assets/import/", files=files, timeout=300)
    if not answer.ok:
        raise SystemExit(f"{answer.status_code} {answer.text[:2000]}")


def as_assets(bundle: str) -> bytes:
    """The same files under the type that this address takes."""
    made = io.BytesIO()
    with zipfile.ZipFile(bundle) as held, zipfile.ZipFile(made, "w") as target:
        for name in held.namelist():
            content = held.read(name)
            if name.endswith("/metadata.yaml"):
                content = content.replace(b"type: Dashboard", b"type: assets")
            target.writestr(name, content)
    return made.getvalue()


if __name__ == "__main__":
    main(*sys.argv[1:5])
