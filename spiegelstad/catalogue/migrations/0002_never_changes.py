"""A version never changes, whoever asks: only its deletion is possible, as an act with a reason."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION catalogue_version_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a version of a dataset never changes' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER never_changes BEFORE UPDATE ON catalogue_version
    FOR EACH STATEMENT EXECUTE FUNCTION catalogue_version_never_changes();
"""
BACKWARD = """
DROP TRIGGER never_changes ON catalogue_version;
DROP FUNCTION catalogue_version_never_changes();
"""


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
