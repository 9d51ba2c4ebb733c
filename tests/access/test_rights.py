"""Rights on a warehouse with a few hand-made marts: roles, policies, masks, accounts, and what is closed."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.access.callers import DENIED, account, asking, owner, subtree

from decision766.settings import PROJECT_ROOT, Settings
from decision766.warehouse.connect import libpq_url
from decision766.warehouse.rights import (
    PREFIX,
    ROLES,
    SCHEMAS,
    RightsError,
    apply_rights,
    load_rights,
    policy_words,
    unnamed_relations,
)
from decision766.warehouse.rights_accounts import accounts, grant_account, revoke_account

MARTS = """
create schema marts; create schema reference;
create table marts.dim_org_unit (
    unit_code text, unit_name text, parent_code text, successor_code text,
    org_unit_key text generated always as (unit_code || '@2025-07-01') stored
);
insert into marts.dim_org_unit values
    ('H17', 'UBND thành phố Đà Nẵng', null, null), ('H17.05', 'Sở Công Thương', 'H17', null),
    ('H47', 'UBND tỉnh Quảng Nam', null, 'H17'), ('H47.02', 'Sở Nội vụ', 'H47', null),
    ('H12', 'UBND tỉnh Cà Mau', null, null), ('H12.07', 'Sở Y tế', 'H12', null);
create table marts.mart_group_score as
select unit_code, '2.1' as indicator_code, 1 as numerator from marts.dim_org_unit;
create table marts.mart_scorecard as
select unit_code, 80.5 as total_score, case when parent_code is null then 79.0 end as published_total_score
from marts.dim_org_unit;
insert into marts.mart_group_score values ('H17@2025-07-01', '2.1', 3);
create view marts.mart_score_arithmetic as select unit_code, numerator from marts.mart_group_score;
"""


@pytest.fixture
def marts(warehouse: Engine) -> Engine:
    """A warehouse with four marts that have their rights."""
    with owner(warehouse) as connection:
        connection.execute(MARTS)
    apply_rights(warehouse)
    return warehouse


def units(connection, relation="marts.mart_group_score") -> set[str]:
    return {code for (code,) in connection.execute(f"select unit_code from {relation}")}


def test_an_official_sees_the_unit_and_those_below_with_its_predecessors(marts):
    with account(marts, "official", "H17") as name, asking(marts, name) as official:
        below = {"H17", "H17.05", "H47", "H47.02", "H17@2025-07-01"}
        assert units(official) == below
        assert below < subtree(official, "H17")
        assert units(official, "marts.mart_score_arithmetic") == below
        assert len(units(official, "marts.mart_scorecard")) == 6, "the ranking is of every unit"
    with account(marts, "official", "H12.07") as name, asking(marts, name) as official:
        assert units(official) == {"H12.07"}


def test_an_account_of_two_units_sees_both_and_one_without_any_sees_nothing(marts):
    with account(marts, "official", "H17.05", "H12.07") as name:
        with asking(marts, name) as official:
            assert units(official) == {"H17.05", "H12.07"}
        assert revoke_account(marts, name, "H12.07")
        with asking(marts, name) as official:
            assert units(official) == {"H17.05"}
        assert not revoke_account(marts, name)
        with asking(marts, name) as nobody, pytest.raises(DENIED):
            units(nobody)


def test_a_bi_account_cannot_choose_its_unit_nor_another_role(marts):
    with account(marts, "official", "H12") as name, asking(marts, name, unit="H17") as official:
        assert units(official) == {"H12", "H12.07"}
        official.execute("set decision766.role = 'engineer'")
        assert units(official) == {"H12", "H12.07"}
        for role in set(ROLES) - {"official"}:
            with pytest.raises(DENIED):
                official.execute(f"set role {PREFIX}{role}")
        official.execute(f"set role {PREFIX}official")
        assert units(official) == set(), "the group role itself is bound to no unit"
        for table in ("account", "unit_tree", "rule", "setting_unit"):
            with pytest.raises(DENIED):
                official.execute(f"select * from rights.{table}")


def test_the_web_tier_names_the_unit_per_transaction(marts):
    with asking(marts, f"{PREFIX}web") as web:
        assert units(web) == set()
        with web.transaction():
            web.execute("select set_config('decision766.unit', 'H12', true)")
            assert units(web) == {"H12", "H12.07"}
        assert units(web) == set(), "the next transaction names its own"
        with web.transaction():
            web.execute(f"set local role {PREFIX}engineer")
            assert len(units(web)) == 7
        assert units(web) == set(), "the web tier inherits nothing of the roles it may take"


def test_a_real_login_is_cut_too(marts, settings):
    with account(marts, "official", "H12") as name:
        import psycopg

        url = marts.url.set(username=name, password=None)
        if marts.url.password:
            pytest.skip("this server asks for passwords, and none is set")
        with psycopg.connect(libpq_url(url)) as official:
            official.execute("select set_config('decision766.unit', 'H17', true)")
            assert units(official) == {"H12", "H12.07"}


def test_the_public_sees_published_totals_and_no_other_column(marts):
    with asking(marts, f"{PREFIX}public") as public:
        rows = public.execute("select unit_code, published_total_score from marts.mart_scorecard").fetchall()
        assert {code for code, _ in rows} == {"H17", "H47", "H12"}
        for query in (
            "select * from marts.mart_scorecard",
            "select total_score from marts.mart_scorecard",
            "select count(*) from marts.mart_group_score",
            "select count(*) from audit.batch",
        ):
            with pytest.raises(DENIED):
                public.execute(query)


@pytest.mark.parametrize(
    ("role", "column"),
    [("official", "audit.source.settings_hash"), ("auditor", "audit.erasure.subject")],
)
def test_masked_columns(marts, role, column):
    table, _, name = column.rpartition(".")
    with account(marts, role, *(["H12"] if role == "official" else [])) as login, asking(marts, login) as one:
        with pytest.raises(DENIED):
            one.execute(f"select {name} from {table}")
        with pytest.raises(DENIED):
            one.execute(f"select * from {table}")


def test_where_objects_lie_is_not_shown_to_officials(marts):
    with owner(marts) as connection:
        connection.execute("""
            insert into audit.source (source_id, family, name, covers, data_origin, settings_hash)
            values ('s', 'f', 'n', '{H12}', 'live', 'x')
        """)
    with account(marts, "official", "H12") as login, asking(marts, login) as one:
        assert one.execute("select source_id from audit.source").fetchall() == [("s",)]
        assert one.execute("select path from audit.landed_object").fetchall() == []


# ------------------------------------------------------------------ what nobody decided about


def test_every_relation_of_the_migrated_warehouse_and_every_mart_has_a_row(warehouse):
    rights = load_rights()
    with warehouse.connect() as connection:
        assert unnamed_relations(connection, rights) == []
    models = {
        f"{path.relative_to(PROJECT_ROOT / 'dbt_project' / 'models').parts[0]}.{path.stem}"
        for path in (PROJECT_ROOT / "dbt_project" / "models").rglob("*.sql")
    }
    missing = {name for name in models if name.startswith("marts.") and not rights.names(name)}
    assert not missing, f"say in include/rights.yaml who may see: {sorted(missing)}"
    stale = {
        name
        for name in rights.relations()
        if name.partition(".")[0] in ("marts", "intermediate", "staging") and name not in models
    }
    assert {name for name in stale if not name.endswith(".*")} == set()


def test_a_relation_without_a_row_is_found_and_closed_to_every_role(marts):
    with owner(marts) as connection:
        connection.execute("""
            create schema intermediate;
            create table intermediate.int_planted as select 'H12' as unit_code;
            create table marts.mart_planted as select 'H12' as unit_code;
            create view marts.mart_planted_view as select * from intermediate.int_planted;
            grant select on marts.mart_planted to public;
        """)
    apply_rights(marts)
    with marts.connect() as connection:
        assert unnamed_relations(connection, load_rights()) == [
            "intermediate.int_planted",
            "marts.mart_planted",
            "marts.mart_planted_view",
        ]
    for role in ROLES:
        with asking(marts, PREFIX + role) as one:
            for name in ("mart_planted", "mart_planted_view"):
                with pytest.raises(DENIED):
                    one.execute(f"select * from marts.{name}")


def test_nothing_is_granted_to_everybody_or_by_default(marts):
    with owner(marts) as connection:
        open_to_all = connection.execute(
            """
            select class.oid::regclass::text from pg_class as class, aclexplode(class.relacl) as given
            where given.grantee = 0 and class.relnamespace::regnamespace::text = any(%(schemas)s)
            union all
            select nspname from pg_namespace, aclexplode(nspacl) as given
            where given.grantee = 0 and nspname = any(%(schemas)s)
            union all
            select routine.oid::regprocedure::text from pg_proc as routine
            where pronamespace::regnamespace::text = any(%(schemas)s)
                and has_function_privilege('decision766_public', routine.oid, 'execute')
            """,
            {"schemas": [*SCHEMAS, "rights"]},
        ).fetchall()
        assert open_to_all == []
        assert connection.execute("select count(*) from pg_default_acl").fetchone() == (0,)
        written = connection.execute(
            """
            select class.oid::regclass::text, given.privilege_type
            from pg_class as class, aclexplode(class.relacl) as given
            inner join pg_roles as grantee on grantee.oid = given.grantee
            where grantee.rolname like 'decision766\\_%' and given.privilege_type <> 'SELECT'
            """
        ).fetchall()
        assert written == []


def test_tables_have_row_security_and_views_ask_as_their_caller(marts):
    with owner(marts) as connection:
        unguarded = connection.execute(
            """
            select oid::regclass::text from pg_class
            where relnamespace::regnamespace::text = any(%s)
                and case relkind
                    when 'v' then not coalesce('security_invoker=true' = any(reloptions), false)
                    else not relrowsecurity
                end
                and relkind in ('r', 'p', 'v')
            """,
            [list(SCHEMAS)],
        ).fetchall()
        assert unguarded == []


def test_policies_call_no_function_per_row(marts):
    with account(marts, "official", "H17") as name, asking(marts, name) as official:
        plan = "\n".join(line for (line,) in official.execute("explain select * from marts.mart_group_score"))
        assert "Filter: (ANY (unit_code = (hashed SubPlan 1).col1))" in plan
    with owner(marts) as connection:
        every = connection.execute("select distinct polqual::text from pg_policy").fetchall()
        assert every
        assert not [tree for (tree,) in every if "FUNCEXPR" in tree]


# ------------------------------------------------------------------ applying


def test_applying_again_changes_nothing_and_anew_undoes_what_was_done_by_hand(marts):
    with owner(marts) as connection:
        before = connection.execute("select xmin::text, oid from pg_policy order by oid").fetchall()
        apply_rights(marts)
        assert connection.execute("select xmin::text, oid from pg_policy order by oid").fetchall() == before
        connection.execute("alter table marts.mart_group_score disable row level security")
        apply_rights(marts)
        connection.execute("create policy open on marts.mart_scorecard using (true)")
        connection.execute("grant select on marts.mart_scorecard to public")
        connection.execute(f"alter policy {PREFIX}official on marts.mart_group_score using (true)")
    apply_rights(marts, anew=True)
    with account(marts, "official", "H12") as name, asking(marts, name) as official:
        assert units(official) == {"H12", "H12.07"}
    with owner(marts) as connection:
        policies = connection.execute(
            "select polname from pg_policy where polrelid = 'marts.mart_scorecard'::regclass"
        ).fetchall()
        assert ("open",) not in policies


def test_a_unit_that_moves_is_seen_by_its_new_superior(marts):
    with owner(marts) as connection:
        connection.execute("update marts.dim_org_unit set parent_code = 'H12' where unit_code = 'H17.05'")
        connection.execute("call rights.refresh_units()")
    with account(marts, "official", "H12") as name, asking(marts, name) as official:
        assert units(official) == {"H12", "H12.07", "H17.05"}


def test_a_mart_of_an_earlier_version_is_closed_and_hinders_no_migration(marts):
    with owner(marts) as connection:
        connection.execute(
            "drop table marts.mart_scorecard; create table marts.mart_scorecard (unit_code text)"
        )
    apply_rights(marts)
    with asking(marts, f"{PREFIX}public") as public, pytest.raises(DENIED):
        public.execute("select unit_code from marts.mart_scorecard")
    with asking(marts, f"{PREFIX}engineer") as engineer:
        assert units(engineer, "marts.mart_scorecard") == set()


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("{engineer: some}", "policy «some», and there is no such policy"),
        ("{janitor: all}", "gives «janitor»"),
    ],
)
def test_a_wrong_file_names_the_relation_and_what_there_is(tmp_path: Path, row, words):
    path = tmp_path / "rights.yaml"
    path.write_text(f"policies: {{all: 'true'}}\nschemas: {{}}\nrelations:\n  marts.fct_x: {row}\n")
    with pytest.raises(RightsError, match=r"marts\.fct_x") as refusal:
        load_rights(path)
    assert words in str(refusal.value)
    assert "Policies: all" in refusal.value.next_step


# ------------------------------------------------------------------ accounts


@pytest.mark.parametrize(
    ("name", "role", "unit", "words"),
    [
        ("bi_x", "official", "H17.06", "Did you mean: H17.05 (Sở Công Thương)"),
        ("bi_x", "official", "đà nẵng", "Did you mean: H17 (UBND thành phố Đà Nẵng)"),
        ("bi_x", "official", None, "Name it with --unit"),
        ("bi_x", "auditor", "H17", "Leave out --unit"),
        ("decision766_web", "official", "H17", "a name of the roles themselves"),
    ],
)
def test_a_grant_that_cannot_be_says_why(marts, name, role, unit, words):
    with pytest.raises(RightsError) as refusal:
        grant_account(marts, name, role, unit)
    assert words in str(refusal.value)
    assert not [one for one in accounts(marts) if one.name == name]


def test_an_account_that_sees_more_is_not_bound(marts, settings: Settings):
    with pytest.raises(RightsError, match="superuser"):
        grant_account(marts, marts.url.username, "official", "H17")
    with account(marts, "auditor") as name:
        with pytest.raises(RightsError, match="decision766_auditor"):
            grant_account(marts, name, "official", "H17")
        (listed,) = [one for one in accounts(marts) if one.name == name]
        assert (listed.role, listed.units) == ("auditor", ())


def test_revoking_what_is_not_there_names_what_is(marts):
    with account(marts, "official", "H17") as name:
        with pytest.raises(RightsError, match="bound to: H17"):
            revoke_account(marts, name, "H12")
        with pytest.raises(RightsError, match=name):
            revoke_account(marts, name[:-1])


def test_the_page_says_what_the_file_says():
    page = (PROJECT_ROOT / "docs" / "rights.md").read_text(encoding="utf-8")
    rights = load_rights()
    for relation in rights.relations():
        if relation.partition(".")[0] in ("marts", "audit"):
            row = rights.of(relation)
            cells = [policy_words(row.get(role)) for role in ("engineer", "auditor", "official", "public")]
            assert f"| `{relation}` | {' | '.join(cell or '—' for cell in cells)} |" in page
