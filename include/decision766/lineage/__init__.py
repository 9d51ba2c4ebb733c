"""Lineage as OpenLineage events: what a load, a validation or a build read and wrote, without a value."""

from decision766.lineage.builds import tell_build
from decision766.lineage.emit import JOB_NAMESPACE, Parent, openlineage_transport
from decision766.lineage.loads import tell_loads, tell_validations

__all__ = [
    "JOB_NAMESPACE",
    "Parent",
    "openlineage_transport",
    "tell_build",
    "tell_loads",
    "tell_validations",
]
