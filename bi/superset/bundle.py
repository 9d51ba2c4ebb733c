"""Make the ZIP that Superset imports: python3 bi/superset/bundle.py decision766.zip [SQLALCHEMY_URI]."""

import re
import sys
import zipfile
from pathlib import Path

ASSETS = Path(__file__).with_name("assets")


def write_bundle(target: Path, uri: str = "") -> None:
    """Write the ZIP. uri: of the database with the marts, in place of the one that the file names."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
        for path in sorted(ASSETS.rglob("*.yaml")):
            content = path.read_text(encoding="utf-8")
            if uri and path.parent.name == "databases":
                content = re.sub(r"(?m)^sqlalchemy_uri:.*$", lambda _: f"sqlalchemy_uri: {uri}", content)
            bundle.writestr(f"decision766/{path.relative_to(ASSETS)}", content)


if __name__ == "__main__":
    write_bundle(Path(sys.argv[1]), *sys.argv[2:3])
