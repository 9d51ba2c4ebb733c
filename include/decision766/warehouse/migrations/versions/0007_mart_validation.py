"""Validation runs of marts: a run judges a batch, or a mart as one evaluation built it.

Revision ID: 0007
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MARTS = """
alter table audit.validation_run alter column batch_id drop not null;
alter table audit.validation_run add column evaluation_id uuid references audit.evaluation;
alter table audit.validation_run
    add constraint validation_run_subject check ((batch_id is null) <> (evaluation_id is null));
create index on audit.validation_run (batch_id);
create index on audit.validation_run (evaluation_id);
comment on column audit.validation_run.evaluation_id is 'Of a run that judged a mart (suite = the mart): the build it judged. Else null, and batch_id says which batch.';
comment on column audit.rule_result.detail is 'skipped: why the rule was left out. error: why it could not be evaluated (it has failed then). measured, usual: what a check of the whole batch found, and what is usual for the source.';
"""

BATCHES_ONLY = """
delete from audit.rule_result
where validation_run_id in (select validation_run_id from audit.validation_run where batch_id is null);
delete from audit.validation_run where batch_id is null;
alter table audit.validation_run drop column evaluation_id;
alter table audit.validation_run alter column batch_id set not null;
"""


def upgrade() -> None:
    """Let a validation run belong to an evaluation."""
    op.execute(MARTS)


def downgrade() -> None:
    """Forget the runs of marts."""
    op.execute(BATCHES_ONLY)
