"""Circuit breakers: when a system refused us, and when we asked it again.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CIRCUIT = """
create table audit.circuit_event (
    event_id     bigint generated always as identity primary key,
    circuit      text not null,
    event        text not null check (event in ('opened', 'reopened')),
    source_id    text not null references audit.source,
    cause        text not null,
    open_until   timestamptz,
    happened_at  timestamptz not null default clock_timestamp(),
    check ((event = 'opened') = (open_until is not null))
);
create index on audit.circuit_event (circuit, event_id);
comment on table audit.circuit_event is 'Refusals of a system and what ended the silence after them. circuit: the connection whose sources share the system. opened: no call until open_until (a cool-down), unless a person reopens it. Append-only; the last event of a circuit says its state.';
"""


def upgrade() -> None:
    """Create the table of circuit events."""
    op.execute(CIRCUIT)


def downgrade() -> None:
    """Drop it."""
    op.execute("drop table audit.circuit_event;")
