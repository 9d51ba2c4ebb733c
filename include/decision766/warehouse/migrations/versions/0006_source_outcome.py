"""Outcomes that say whether all came, readings that wait, and which of several sources speaks.

Revision ID: 0006
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SOURCE_OUTCOME = """
alter table audit.source add column precedence smallint not null default 100;
comment on column audit.source.precedence is 'Of several sources that supply the same record the one with the lowest number speaks; of equals the latest version.';

alter table audit.outcome drop constraint outcome_status_check;
alter table audit.outcome add constraint outcome_status_check
    check (status in ('loaded', 'unchanged', 'failed', 'blocked', 'postponed'));
alter table audit.outcome add column postponed_until timestamptz;
alter table audit.outcome add constraint outcome_postponed_check
    check (status <> 'postponed' or postponed_until is not null);
comment on column audit.outcome.postponed_until is 'postponed: the system was not asked; it is again from this instant on. Elsewhere: when a system that refused may be asked again, if it is known.';

alter table audit.outcome add column completeness text generated always as (
    case
        when rows_announced is null or rows_received is null then 'unknown'
        when rows_received < rows_announced then 'incomplete'
        when rows_received > rows_announced then 'exceeding'
        else 'complete'
    end
) stored;
comment on column audit.outcome.completeness is 'Records that came against the number that the source announced; unknown if it announced none, which is not complete.';
"""

UNDO = """
alter table audit.outcome drop column completeness;
delete from audit.outcome where status = 'postponed';
alter table audit.outcome drop constraint outcome_postponed_check;
alter table audit.outcome drop column postponed_until;
alter table audit.outcome drop constraint outcome_status_check;
alter table audit.outcome add constraint outcome_status_check
    check (status in ('loaded', 'unchanged', 'failed', 'blocked'));
alter table audit.source drop column precedence;
"""


def upgrade() -> None:
    """Add precedence, completeness and postponement."""
    op.execute(SOURCE_OUTCOME)


def downgrade() -> None:
    """Take them out again; outcomes of postponed readings go with them."""
    op.execute(UNDO)
