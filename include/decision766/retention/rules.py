"""The rules of retention, read from `include/retention.yaml`: what, how long, on what ground."""

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from decision766.records import ENTITIES
from decision766.retention.places import FIELDS


class RetentionFileError(ValueError):
    """The file of rules cannot be used. The message names file, rule and cause."""


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{1,62}$")
    keep_days: int = Field(ge=1, le=36525)
    basis_vi: str = Field(min_length=1)
    basis_en: str = Field(min_length=1)
    provenance: str = Field(min_length=1)


class LandedObjects(_Rule):
    """Landed objects of some entities, kept so many days after they were fetched."""

    kind: Literal["landed_objects"]
    entities: tuple[str, ...] = Field(min_length=1)
    counted_from: Literal["fetched_at"]

    @model_validator(mode="after")
    def _of_people(self) -> "LandedObjects":
        for name in self.entities:
            if name not in ENTITIES or not ENTITIES[name].is_personal:
                raise ValueError(f"{name} is no entity whose source records hold personal data")
        return self


class RawFields(_Rule):
    """Pseudonymous details of one entity's raw rows, kept so many days after their batch was loaded."""

    kind: Literal["raw_fields"]
    entity: str
    fields: tuple[str, ...] = Field(min_length=1)
    counted_from: Literal["loaded_at"]

    @model_validator(mode="after")
    def _removable(self) -> "RawFields":
        for name in self.fields:
            if name not in FIELDS.get(self.entity, {}):
                known = ", ".join(FIELDS.get(self.entity, {})) or "none"
                raise ValueError(f"{self.entity}.{name} cannot be taken out of raw rows; known are: {known}")
        return self


Rule = LandedObjects | RawFields
_FILE: TypeAdapter[list[Rule]] = TypeAdapter(list[Annotated[Rule, Field(discriminator="kind")]])


def load_rules(path: Path) -> list[Rule]:
    """Read the rules.

    Raises:
        RetentionFileError: no such file, no YAML, or a rule that is incomplete, unknown or stands twice.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        rules = _FILE.validate_python(content["rules"])
    except OSError as error:
        raise RetentionFileError(f"{path}: {error.strerror}") from None
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise RetentionFileError(f"{path}: no list of rules under `rules` ({type(error).__name__})") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise RetentionFileError(f"{path}: rule {place}: {first['msg']}") from None
    names = [rule.id for rule in rules]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise RetentionFileError(f"{path}: rule {', '.join(repeated)} stands twice; give it another id")
    return rules
