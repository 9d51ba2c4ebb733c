"""Quarantine with a life: who let a row in and why, every state it had, what that did to the scores.

Revision ID: 0008
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

CHANGE = """
create table audit.quarantine_change (
    change_id        uuid primary key,
    action           text not null check (action in ('replay', 'waive', 'unwaive')),
    made_by          text not null check (made_by <> ''),
    reason           text check (action = 'replay' or coalesce(reason <> '', false)),
    selection        jsonb not null,
    rows_looked_at   bigint not null,
    rows_let_in      bigint not null,
    rows_held_again  bigint not null,
    made_at          timestamptz not null default clock_timestamp()
);
comment on table audit.quarantine_change is 'One row per replay, waiver or withdrawn waiver that moved something. selection: what was asked for. rows: raw rows, of which rows_let_in became visible and rows_held_again invisible. Append-only.';

create table audit.quarantine_effect (
    change_id           uuid not null references audit.quarantine_change,
    unit_code           text not null,
    indicator_code      text not null,
    period_grain        text not null,
    period_start        date not null,
    procedure_code      text not null,
    numerator_before    numeric,
    denominator_before  numeric,
    score_before        numeric,
    status_before       text,
    numerator_after     numeric,
    denominator_after   numeric,
    score_after         numeric,
    status_after        text,
    primary key (change_id, unit_code, indicator_code, period_grain, period_start, procedure_code)
);
comment on table audit.quarantine_effect is 'What a change of quarantine does to the marts: one row per unit, indicator, period and procedure (* is all) whose value differs; null is no value, not 0. Computed by the models of the marts on the same batches with and without the change. Append-only.';

alter table audit.quarantine
    add column state_at      timestamptz not null default clock_timestamp(),
    add column state_by      text,
    add column state_reason  text,
    add column change_id     uuid references audit.quarantine_change deferrable initially deferred,
    add constraint quarantine_waiver_has_author
        check (state <> 'waived' or coalesce(state_by <> '' and state_reason <> '', false));
create index on audit.quarantine (batch_id);
create index on audit.quarantine (rule_id, state);
comment on column audit.quarantine.state_by is 'Who brought about the present state; null: the validation that set the row aside.';
comment on column audit.quarantine.state_reason is 'Why: of a waiver in the words of who gave it, of a replay one of rule_changed, rule_withdrawn, passes_now, fails_again.';

alter table audit.rule_result add column quarantined_count bigint;
comment on column audit.rule_result.quarantined_count is 'Rows that stand in quarantine under the rule after the run; null for rules that set no row aside. Must equal unexpected_count.';

create table audit.quarantine_event (
    event_id       bigint generated always as identity primary key,
    quarantine_id  bigint not null references audit.quarantine,
    state_before   text,
    state          text not null,
    rule_version   int not null,
    made_by        text,
    reason         text,
    change_id      uuid,
    happened_at    timestamptz not null
);
create index on audit.quarantine_event (quarantine_id);
comment on table audit.quarantine_event is 'Every state that a quarantined row had, in order: written by the database itself when audit.quarantine changes. Append-only. rule_version: of the rule when it happened.';

insert into audit.quarantine_event (quarantine_id, state, rule_version, happened_at)
select quarantine_id, state, rule_version, first_seen_at from audit.quarantine order by quarantine_id;
"""

# Whoever changes a state, the history has it: no writer of audit.quarantine can forget to.
HISTORY = """
create function audit.quarantine_set_aside() returns trigger language plpgsql as $$
begin
    insert into audit.quarantine_event (
        quarantine_id, state, rule_version, made_by, reason, change_id, happened_at
    )
    select quarantine_id, state, rule_version, state_by, state_reason, change_id, state_at from fresh
    order by quarantine_id;
    return null;
end $$;
create trigger quarantine_set_aside after insert on audit.quarantine
referencing new table as fresh for each statement execute function audit.quarantine_set_aside();

create function audit.quarantine_moved() returns trigger language plpgsql as $$
begin
    insert into audit.quarantine_event (
        quarantine_id, state_before, state, rule_version, made_by, reason, change_id, happened_at
    )
    select
        now_is.quarantine_id, was.state, now_is.state, now_is.rule_version, now_is.state_by,
        now_is.state_reason, now_is.change_id, now_is.state_at
    from now_is inner join was on was.quarantine_id = now_is.quarantine_id
    where was.state <> now_is.state
    order by now_is.quarantine_id;
    return null;
end $$;
create trigger quarantine_moved after update on audit.quarantine
referencing old table as was new table as now_is
for each statement execute function audit.quarantine_moved();

create function audit.refuse_quarantine_change() returns trigger language plpgsql as $$
begin
    raise exception 'audit.% is append-only: % refused', tg_table_name, tg_op
        using errcode = 'insufficient_privilege';
end $$;
create trigger append_only before update or delete on audit.quarantine_event
for each row execute function audit.refuse_quarantine_change();
create trigger append_only before update or delete on audit.quarantine_change
for each row execute function audit.refuse_quarantine_change();
create trigger append_only before update or delete on audit.quarantine_effect
for each row execute function audit.refuse_quarantine_change();
create trigger no_delete before delete on audit.quarantine
for each row execute function audit.refuse_quarantine_change();
"""


def upgrade() -> None:
    """Add the changes of quarantine, their effect, and the history that the database itself keeps."""
    op.execute(CHANGE)
    op.execute(HISTORY)


def downgrade() -> None:
    """Drop them."""
    op.execute("""
        drop trigger quarantine_set_aside on audit.quarantine;
        drop trigger quarantine_moved on audit.quarantine;
        drop trigger no_delete on audit.quarantine;
        drop table audit.quarantine_event;
        drop table audit.quarantine_effect;
        alter table audit.quarantine
            drop constraint quarantine_waiver_has_author,
            drop column state_at, drop column state_by, drop column state_reason, drop column change_id;
        alter table audit.rule_result drop column quarantined_count;
        drop table audit.quarantine_change;
        drop function audit.quarantine_set_aside, audit.quarantine_moved, audit.refuse_quarantine_change;
    """)
