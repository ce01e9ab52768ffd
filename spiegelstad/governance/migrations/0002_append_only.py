"""The audit log refuses change, whoever asks."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION governance_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON governance_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION governance_append_only();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON governance_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION governance_append_only();
"""
BACKWARD = """
DROP TRIGGER append_only ON governance_auditentry;
DROP TRIGGER never_emptied ON governance_auditentry;
DROP FUNCTION governance_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("governance", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
