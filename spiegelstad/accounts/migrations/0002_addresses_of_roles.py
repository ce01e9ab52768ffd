"""The address of who has a role counts as proved: they cannot put another in its place without answering a mail there."""

from django.db import migrations

PROVE = """
INSERT INTO account_emailaddress (user_id, email, verified, "primary")
SELECT u.id, u.email, true, true FROM accounts_user u
WHERE EXISTS (SELECT FROM accounts_membership m WHERE m.user_id = u.id)
    AND NOT EXISTS (SELECT FROM account_emailaddress e WHERE e.user_id = u.id AND (e."primary" OR e.email = u.email))
    AND NOT EXISTS (SELECT FROM account_emailaddress e WHERE e.email = u.email AND e.verified);
UPDATE account_emailaddress e SET verified = true
FROM accounts_user u
WHERE u.id = e.user_id AND u.email = e.email AND NOT e.verified
    AND EXISTS (SELECT FROM accounts_membership m WHERE m.user_id = u.id)
    AND NOT EXISTS (SELECT FROM account_emailaddress o WHERE o.email = u.email AND o.verified)
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("account", "0009_emailaddress_unique_primary_email")]

    operations = [migrations.RunSQL(PROVE, migrations.RunSQL.noop)]
