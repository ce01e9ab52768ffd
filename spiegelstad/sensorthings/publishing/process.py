"""The publisher at work: for each city with a broker, what is stored is told, in order, and forgotten once it is told.

News and changes are rows, written with what they tell of; they are deleted in the transaction in which the broker
confirmed them. Whatever ends us before, they are told again: at least once, nothing is lost. Writers wait for nothing.
"""

import logging
import threading
from collections.abc import Mapping

import psycopg
from django.db import Error as DatabaseError
from django.db import connection, transaction

from spiegelstad.base import sql
from spiegelstad.mirror.public import forget_news, news
from spiegelstad.sensorthings.adopting import adopt_new
from spiegelstad.sensorthings.models import Change
from spiegelstad.sensorthings.publishing.broker import Broker, BrokerAway
from spiegelstad.sensorthings.publishing.messages import Teller
from spiegelstad.sensorthings.publishing.receiving import Inbox

POLL_S = 0.1
AGAIN_S = (0.5, 1.0, 2.0, 5.0, 10.0)  # after the first, second, … failure in a row
TOGETHER = 500  # observations, and changes
_ONE_OF_US = "SELECT pg_try_advisory_xact_lock(hashtext('sensorthings publishes'), hashtext(%s))"

logger = logging.getLogger("spiegelstad.publisher")


class Publisher:
    """Tells the broker of one city."""

    def __init__(self, tenant_id: str, address: str) -> None:
        self._tenant_id = tenant_id
        self._broker = Broker(address, f"spiegelstad-{tenant_id}-publisher")

    def step(self) -> bool:
        """Tell what there is, up to a number; return whether there was anything. Raises BrokerAway."""
        with transaction.atomic():
            if sql.rows(_ONE_OF_US, [self._tenant_id]) != [(True,)]:
                return False
            pieces = news(self._tenant_id, TOGETHER)
            if adopt_new(self._tenant_id, {one for piece in pieces for one in piece.series}):
                return True  # what that made is told first
            changes = list(Change.objects.filter(tenant_id=self._tenant_id).order_by("pk")[:TOGETHER])
            if not pieces and not changes:
                return False
            teller = Teller(self._tenant_id, self._broker.prefix)
            self._broker.publish([*teller.of_changes(changes), *teller.of_news(pieces)])
            Change.objects.filter(pk__in=[change.pk for change in changes]).delete()
            forget_news(self._tenant_id, [piece.number for piece in pieces])
        return True

    def run(self, stop: threading.Event) -> None:
        """Tell until `stop` is set; a broker or a database that is away is tried again, later and later."""
        failures = 0
        while not stop.is_set():
            try:
                if not self.step():
                    stop.wait(POLL_S)
                failures = 0
            except (BrokerAway, DatabaseError, psycopg.Error) as error:
                pause_s = AGAIN_S[min(failures, len(AGAIN_S) - 1)]
                failures += 1
                logger.warning("%s: %s; again in %s s", self._tenant_id, str(error).strip(), pause_s)
                connection.close_if_unusable_or_obsolete()
                stop.wait(pause_s)
        self._broker.close()
        connection.close()


def run(brokers: Mapping[str, str], keys: Mapping[str, str], stop: threading.Event) -> None:
    """Publish for all cities, and take what clients publish for those that have a key, until `stop` is set."""
    works = [Publisher(tenant_id, address).run for tenant_id, address in brokers.items()]
    works += [Inbox(tenant_id, brokers[tenant_id], key).run for tenant_id, key in keys.items() if tenant_id in brokers]
    threads = [threading.Thread(target=work, args=[stop], daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
