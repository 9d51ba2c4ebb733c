"""Rights: who may see which rows and columns of which relation, and the unit of each BI account (docs/rights.md).

Revision ID: 0028
"""

from alembic import op

revision = "0028"
down_revision = "0026"
branch_labels = None
depends_on = None

TABLES = """
create schema rights;
revoke all on schema rights from public;
comment on schema rights is 'Who may see what: the rows of include/rights.yaml, the tree of units, the accounts of BI tools.';

create table rights.rule (
    relation        text not null,
    role_name       text not null,
    rows_where      text not null,
    shown_columns   text[],
    hidden_columns  text[] not null default '{}',
    primary key (relation, role_name)
);
comment on table rights.rule is 'One row per relation (or schema.*) and role, from include/rights.yaml. rows_where: condition of the row policy. shown_columns: null is every column but the hidden ones. No row: no access.';

create table rights.schema_usage (
    schema_name  text not null,
    role_name    text not null,
    primary key (schema_name, role_name)
);
comment on table rights.schema_usage is 'Schemas whose relations a role may name. Relations behind a view are read through it without this.';

create table rights.secured (
    relation_id  oid primary key,
    wanted       text not null
);
comment on table rights.secured is 'Relations that were given their rights, and a hash of what was given: a table that keeps its rows through a build is not locked anew.';

create table rights.unit_tree (
    unit_code      text not null,
    ancestor_code  text not null,
    primary key (ancestor_code, unit_code)
);
comment on table rights.unit_tree is 'Every unit with itself and each unit above it; a predecessor stands below its successor, and a unit''s versions where the unit stands. From marts.dim_org_unit, refreshed in the transaction that swaps it.';

create table rights.account (
    account_name  name not null,
    unit_code     text not null,
    granted_at    timestamptz not null default clock_timestamp(),
    primary key (account_name, unit_code)
);
comment on table rights.account is 'The unit of a BI account: a login role that is a member of decision766_official.';

-- These views read with the rights of their owner; current_user in them is who asks.
create view rights.account_unit as
select tree.unit_code
from rights.account as account
inner join rights.unit_tree as tree on account.unit_code = tree.ancestor_code
where account.account_name = current_user;
comment on view rights.account_unit is 'Units that the account which asks may see: its own and those below.';

create view rights.setting_unit as
select tree.unit_code
from rights.unit_tree as tree
where tree.ancestor_code = current_setting('decision766.unit', true);
comment on view rights.setting_unit is 'Units below decision766.unit of this transaction: for the role of the web tier alone.';

-- What a unit inherits from those above it, and the sources that cover any of them.
create view rights.account_line as
select unit_code from rights.account_unit
union
select above.ancestor_code
from rights.account as account
inner join rights.unit_tree as above on account.unit_code = above.unit_code
where account.account_name = current_user;
comment on view rights.account_line is 'Units that the account which asks may see, and those above them.';

create view rights.setting_line as
select unit_code from rights.setting_unit
union
select above.ancestor_code from rights.unit_tree as above
where above.unit_code = current_setting('decision766.unit', true);
comment on view rights.setting_line is 'Units below decision766.unit of this transaction, and those above it.';

create view rights.account_source as
select source.source_id from audit.source as source
where '*' = any(source.covers) or source.covers && array(select unit_code from rights.account_line);
comment on view rights.account_source is 'Sources that cover units of the account which asks, or a unit above them.';

create view rights.setting_source as
select source.source_id from audit.source as source
where '*' = any(source.covers) or source.covers && array(select unit_code from rights.setting_line);
comment on view rights.setting_source is 'Sources that cover units below decision766.unit of this transaction, or a unit above them.';
"""

REFRESH_UNITS = """
create procedure rights.refresh_units() language plpgsql as $$
begin
    create temp table decision766_tree on commit drop as
    with recursive edge as (
        select distinct unit_code, parent_code as above from marts.dim_org_unit where parent_code is not null
        union
        select distinct unit_code, successor_code from marts.dim_org_unit where successor_code is not null
    ),
    tree as (
        select unit_code, unit_code as ancestor_code from marts.dim_org_unit
        union
        select tree.unit_code, edge.above from tree inner join edge on tree.ancestor_code = edge.unit_code
    )
    select unit_code, ancestor_code from tree
    -- Figures of a unit with its predecessors stand under its version (H17@2025-07-01): where the unit stands.
    union
    select version.org_unit_key, tree.ancestor_code
    from tree inner join marts.dim_org_unit as version on tree.unit_code = version.unit_code
    union
    select tree.unit_code, version.org_unit_key
    from tree inner join marts.dim_org_unit as version on tree.ancestor_code = version.unit_code;
    delete from rights.unit_tree as held
    where not exists (
        select 1 from decision766_tree as tree
        where tree.unit_code = held.unit_code and tree.ancestor_code = held.ancestor_code
    );
    insert into rights.unit_tree (unit_code, ancestor_code)
    select unit_code, ancestor_code from decision766_tree
    on conflict do nothing;
    drop table decision766_tree;
end $$;
comment on procedure rights.refresh_units is 'Makes rights.unit_tree what marts.dim_org_unit says.';
"""

# Grants and policies of one relation, in the transaction of the caller: dbt calls it where it swaps a table.
SECURE = """
create procedure rights.secure(relation_name text) language plpgsql as $$
declare
    target    oid := to_regclass(relation_name);
    full_name text;
    any_name  text;
    kind      "char";
    shown     text[];
    digest    text;
    rule      record;
    names     text;
begin
    select schema.nspname || '.' || class.relname, schema.nspname || '.*', class.relkind
    into full_name, any_name, kind
    from pg_class as class inner join pg_namespace as schema on schema.oid = class.relnamespace
    where class.oid = target;
    if not found or kind not in ('r', 'p', 'v') then
        raise exception 'there is no relation % to secure', relation_name;
    end if;
    select array_agg(attname::text order by attnum) into shown
    from pg_attribute where attrelid = target and attnum > 0 and not attisdropped;
    if exists (select 1 from rights.rule where relation = full_name) then
        any_name := full_name;
    end if;
    select md5(kind::text || shown::text || coalesce(string_agg(given::text, ';' order by given.role_name), ''))
    into digest from rights.rule as given where given.relation = any_name;
    if exists (select 1 from rights.secured as done where done.relation_id = target and done.wanted = digest)
        and exists (
            select 1 from pg_class as class
            where class.oid = target and case when kind = 'v'
                then 'security_invoker=true' = any(class.reloptions)
                else class.relrowsecurity and (select count(*) from pg_policy where polrelid = target)
                    = (select count(*) from rights.rule as given where given.relation = any_name)
                end
        )
    then
        return;
    end if;

    execute format('revoke all on %s from public', target::regclass);
    for rule in select rolname from pg_roles where rolname in (
        'decision766_engineer', 'decision766_auditor', 'decision766_official', 'decision766_public',
        'decision766_web'
    ) loop
        execute format('revoke all on %s from %I', target::regclass, rule.rolname);
    end loop;
    if kind in ('r', 'p') then
        execute format('alter table %s enable row level security', target::regclass);
        for rule in select polname from pg_policy where polrelid = target loop
            execute format('drop policy %I on %s', rule.polname, target::regclass);
        end loop;
    elsif kind = 'v' then
        execute format('alter view %s set (security_invoker = true)', target::regclass);
    end if;

    for rule in select * from rights.rule as given where given.relation = any_name loop
        select string_agg(quote_ident(name), ', ') into names from unnest(shown) as name
        where (rule.shown_columns is null or name = any(rule.shown_columns))
            and name <> all(rule.hidden_columns);
        if rule.shown_columns is null and not rule.hidden_columns && shown then
            execute format('grant select on %s to %I', target::regclass, rule.role_name);
        elsif names is not null then
            execute format('grant select (%s) on %s to %I', names, target::regclass, rule.role_name);
        end if;
        continue when kind = 'v';
        begin
            execute format(
                'create policy %I on %s for select to %I using (%s)',
                rule.role_name, target::regclass, rule.role_name, rule.rows_where
            );
        -- Marts of an earlier version: closed to the role until they are built anew.
        exception when undefined_column then
            raise warning '% stays closed to %: %', full_name, rule.role_name, sqlerrm;
            execute format('revoke all on %s from %I', target::regclass, rule.role_name);
        end;
    end loop;
    insert into rights.secured (relation_id, wanted) values (target, digest)
    on conflict (relation_id) do update set wanted = excluded.wanted;
end $$;
comment on procedure rights.secure is 'Gives a relation the grants and row policies of rights.rule; one without a rule is closed to everybody but its owner.';

create procedure rights.open_schemas() language plpgsql as $$
declare
    usage record;
begin
    for usage in
        select schema.nspname, grantee.rolname from pg_namespace as schema cross join pg_roles as grantee
        where schema.nspname in ('marts', 'audit', 'reference', 'raw', 'intermediate', 'staging')
            and grantee.rolname in (
                'decision766_engineer', 'decision766_auditor', 'decision766_official', 'decision766_public',
                'decision766_web'
            )
            and has_schema_privilege(grantee.rolname, schema.nspname, 'usage') <> exists (
                select 1 from rights.schema_usage as wanted
                where wanted.schema_name = schema.nspname and wanted.role_name = grantee.rolname
            )
    loop
        if has_schema_privilege(usage.rolname, usage.nspname, 'usage') then
            execute format('revoke all on schema %I from %I', usage.nspname, usage.rolname);
        else
            execute format('grant usage on schema %I to %I', usage.nspname, usage.rolname);
        end if;
    end loop;
end $$;
comment on procedure rights.open_schemas is 'Lets each role name the relations of the schemas of rights.schema_usage. dbt calls it once it has made its schemas.';
revoke all on all routines in schema rights, audit from public;
"""


def upgrade() -> None:
    """Create the schema rights; `rights.apply` fills it and makes the roles."""
    op.execute(TABLES)
    op.execute(REFRESH_UNITS)
    op.execute(SECURE)


def downgrade() -> None:
    """Drop it; the roles and the relations' policies stay as they are."""
    op.execute("drop schema rights cascade")
