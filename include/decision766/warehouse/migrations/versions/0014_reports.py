"""Reports issued are entries of the ledger.

Revision ID: 0014
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

VIEW = """
create view audit.report as
select
    entry.entry_no,
    (entry.stated ->> 'recorded_at')::timestamptz as recorded_at,
    entry.stated ->> 'report' as report,
    entry.stated ->> 'unit_code' as unit_code,
    entry.stated ->> 'period_code' as period_code,
    entry.stated ->> 'report_key' as report_key,
    (entry.stated ->> 'version')::int as version,
    (entry.stated ->> 'replaces')::int as replaces,
    (entry.stated ->> 'issued_on')::date as issued_on,
    (entry.stated ->> 'due_at')::timestamptz as due_at,
    (entry.stated ->> 'covers_until')::date as covers_until,
    (entry.stated ->> 'is_provisional')::boolean as is_provisional,
    entry.stated ->> 'content_sha256' as content_sha256,
    entry.stated ->> 'folder' as folder,
    entry.stated -> 'files' as files,
    (entry.stated ->> 'publication')::bigint as publication_no
from (select entry_no, body::jsonb as stated from audit.ledger_entry where kind = 'report') as entry;
comment on view audit.report is 'One row per version of a report that was issued. folder: place in the archive; files: name, bytes and SHA-256 of each. A correction is a further version.';
"""
KINDS = "'publication', 'sign_off', 'contest', 'resolution'"


def upgrade() -> None:
    """Let the ledger hold reports, and show them."""
    op.execute(f"""
        alter table audit.ledger_entry drop constraint ledger_entry_kind_check;
        alter table audit.ledger_entry add constraint ledger_entry_kind_check
            check (kind in ({KINDS}, 'report'));
    """)
    op.execute(VIEW)


def downgrade() -> None:
    """Take the view away; refused while reports stand in the ledger."""
    op.execute("drop view audit.report")
    op.execute(f"""
        alter table audit.ledger_entry drop constraint ledger_entry_kind_check;
        alter table audit.ledger_entry add constraint ledger_entry_kind_check check (kind in ({KINDS}));
    """)
