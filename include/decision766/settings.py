"""Settings of the project: environment variables `DECISION766_*`, with defaults that need none.

Paths are absolute. Ports are on 127.0.0.1. A secret is read from the environment or from the state
folder, never from a file of the repository.
"""

from functools import lru_cache
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parents[2]


class Settings(BaseSettings):
    """Where things are; every field is `DECISION766_<NAME>` in the environment."""

    model_config = SettingsConfigDict(env_prefix="DECISION766_", extra="ignore")

    project_root: Path = PROJECT_ROOT
    home: Path = Field(
        default=PROJECT_ROOT / ".decision766", description="State folder: logs, landing, pids, keys."
    )
    database_url: str | None = Field(
        default=None,
        description="An external PostgreSQL, postgresql://user:password@host:port/; unset: the embedded one.",
    )
    database_port: int = Field(default=15766, description="Port of the embedded PostgreSQL.")
    warehouse_database: str = Field(default="decision766", description="Database of the warehouse.")
    airflow_database: str = Field(
        default="decision766_airflow", description="Database of Airflow's metadata."
    )
    sources_path: Path | None = Field(
        default=None, description="Folder of the source YAMLs; include/sources if unset."
    )
    ingest_minutes: int = Field(
        default=60, ge=1, le=60, description="How often the provincial systems are read; a divisor of 60."
    )
    landing_url: str | None = Field(
        default=None, description="Landing root, a path or a URL such as s3://bucket/x."
    )
    ledger_heads: str | None = Field(
        default=None,
        description="Where heads of the score ledger are kept outside the database: a file, or a URL "
        "such as s3://bucket/heads; best on another machine.",
    )
    reports_path: Path | None = Field(
        default=None, description="Folder of the validation reports; reports/ in the state folder if unset."
    )
    reports_archive: str | None = Field(
        default=None,
        description="Where issued weekly and quarterly reports are kept: a path, or a URL such as "
        "s3://bucket/reports; periodic/ in the folder of the reports if unset.",
    )
    mail_to: str | None = Field(
        default=None, description="Who gets issued reports by mail, after commas; unset: nobody."
    )
    mail_from: str | None = Field(default=None, description="Sender of that mail.")
    mail_server: str | None = Field(
        default=None, description="smtp://user:password@host:port, or smtps://…; starttls is used if offered."
    )
    lineage: bool = Field(default=True, description="Whether OpenLineage events are written.")
    lineage_url: str | None = Field(
        default=None, description="An OpenLineage server; unset: files in lineage/ of the state folder."
    )
    lineage_api_key: str | None = Field(
        default=None, description="Key of the OpenLineage server, if it asks."
    )
    simulator_port: int = Field(default=18766, description="Port of the stand-in sources.")
    airflow_port: int = Field(default=18080, description="Port of the Airflow UI under `make up`.")
    scoreboard_port: int = Field(default=18767, description="Port of the pages under `decision766 serve`.")
    operator: str | None = Field(
        default=None,
        description="Account that works with the pages under `decision766 serve`, such as thanh-tra.h12; "
        "unset: nobody is known and nothing can be signed there. Under Airflow it is Airflow's user.",
    )
    auditors: str | None = Field(
        default=None,
        description="Accounts that may sign validation runs in the pages, after commas; unset: nobody.",
    )
    visitors: Path | None = Field(
        default=None,
        description="File of users of the pages with role and unit (docs/rights.md); unset: nobody is named.",
    )
    web_database_url: str | None = Field(
        default=None,
        description="Login of the pages, a member of decision766_web: postgresql://user:password@host:port/; "
        "unset: the pipeline's own, which takes the roles of the rights.",
    )
    api_requests_per_minute: int = Field(
        default=600, ge=0, description="How often one reader may ask the JSON API; 0: no limit."
    )
    pseudonym_key: str | None = Field(
        default=None,
        description="Keys of pseudonyms, KEYID:HEX, the current one first, former ones behind it after "
        "commas; made once if unset.",
    )
    event_key: str | None = Field(
        default=None, description="Key of event identity, never rotated; made once if unset."
    )

    @field_validator("ingest_minutes")
    @classmethod
    def _divides_the_hour(cls, value: int) -> int:
        if 60 % value:
            raise ValueError("give a divisor of 60, such as 2, 5 or 15: readings then come evenly")
        return value

    @property
    def landing_root(self) -> str:
        """Root of the landing zone, as a path or URL that universal_pathlib opens."""
        return self.landing_url or str(self.home / "landing")

    @property
    def ledger_heads_path(self) -> str:
        """File or URL of the ledger's heads."""
        return self.ledger_heads or str(self.home / "ledger" / f"{self.warehouse_database}.heads.jsonl")

    @property
    def reports_root(self) -> Path:
        """Folder of the reports that people open in a browser."""
        return self.reports_path or self.home / "reports"

    @property
    def reports_archive_root(self) -> str:
        """Root of the archive of issued reports, as a path or URL that universal_pathlib opens."""
        return self.reports_archive or str(self.reports_root / "periodic")

    @property
    def lineage_folder(self) -> Path:
        """Folder of the OpenLineage events when no server is set."""
        return self.home / "lineage"

    @property
    def sources_folder(self) -> Path:
        """Folder of the source YAMLs."""
        return self.sources_path or self.project_root / "include" / "sources"

    @property
    def retention_file(self) -> Path:
        """The rules of retention."""
        return self.project_root / "include" / "retention.yaml"

    @property
    def rights_file(self) -> Path:
        """Who may see which rows and columns."""
        return self.project_root / "include" / "rights.yaml"


@lru_cache
def get_settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings()
