"""A served campaign that strangers beset, and what they send to it."""

import hashlib
import http.client
import re
import time
import urllib.parse
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select

from protestcoord.campaigns.queries import find_campaign, slots_of_campaign
from protestcoord.campaigns.requests import CampaignRequest
from protestcoord.campaigns.service import edit_campaign
from protestcoord.config import load_secrets
from protestcoord.core import clock
from protestcoord.core.crypto import KeyFolder
from protestcoord.core.database import make_sessions, unit_of_work
from protestcoord.signups import places, service
from protestcoord.signups.contacts import ContactVault
from protestcoord.signups.models import SignUp
from tests.app_client import good_sign_up
from tests.faults.plan_campaign import MISSIONS
from tests.faults.test_acknowledged import planned
from tests.journeys.served import running
from tests.stored import request_for

SLOTS = [f"w1-{mission}-1" for mission in MISSIONS]


def posted(port, path, form):
    """Send a form from this address; the answer is read whole."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", path, urllib.parse.urlencode(form), headers)
        answer = connection.getresponse()
        answer.read()
        return answer
    finally:
        connection.close()


def seconds_of(base_url, path="/c/noon/calendar.ics", timeout=10):
    began = time.monotonic()
    with urllib.request.urlopen(base_url + path, timeout=timeout) as answer:
        answer.read()
    return time.monotonic() - began


class Besieged:
    """A served campaign of four slots, each with one place left."""

    def __init__(self, environment, port, mailbox):
        self.folder = Path(environment["PROTESTCOORD_INSTANCE"])
        self.base_url, self.port, self.mailbox = environment["BASE_URL"], port, mailbox
        self.sessions = make_sessions(environment["DATABASE_URL"])
        self.vault = ContactVault(
            KeyFolder(self.folder / "keys"), load_secrets(self.folder).index_key
        )

    def fill_all_but_one_place(self):
        with self.sessions() as session, unit_of_work(session):
            for slot in slots_of_campaign(session, find_campaign(session, "noon")):
                for number in range(slot.capacity - 1):
                    self.sign_up(session, slot, f"us@{slot.key}-{number}.example", approve=True)

    def sign_up(self, session, slot, email, *, approve=False):
        now, campaign = clock.now(), slot.site.campaign
        request = request_for(slot, email=email)
        service.sign_up_group(session, self.vault, campaign, request, now)
        sign_up = session.scalars(select(SignUp).order_by(SignUp.id.desc())).first()
        places.confirm_sign_up(session, sign_up.id, now)
        if approve:
            places.approve_sign_up(session, sign_up.id, now)

    def ask(self, slot, email, name="Crowd"):
        """Send the form without cookie, token or proof of work."""
        return self.post("/c/noon/sign-up/", good_sign_up(slot=slot, email=email, name=name))

    def press_link_of(self, email):
        """Press the button behind the link that came by mail."""
        return self.post(self.link_of(email), {})

    def link_of(self, email):
        text = self.mailbox.wait_for(email, "/s/", 60).get_body(("plain",)).get_content()
        return re.search(rf"{re.escape(self.base_url)}(/s/[^/\s]+/)", text).group(1)

    def post(self, path, form):
        return posted(self.port, path, form).status

    def widen(self, key):
        """Give a slot places for many."""
        with self.sessions() as session, unit_of_work(session):
            campaign = find_campaign(session, "noon")
            service.queries.find_slot(session, campaign.id, key).capacity = 1000

    def let_only_known_in(self, only):
        with self.sessions() as session, unit_of_work(session):
            campaign = find_campaign(session, "noon")
            asked = CampaignRequest(
                campaign.title, campaign.statement, campaign.owner_id, known_groups_only=only
            )
            edit_campaign(session, campaign, asked, clock.now())

    def states_of(self, email):
        index = self.vault.email_index("noon", email)
        with self.sessions() as session:
            campaign = find_campaign(session, "noon")
            contact = service.queries.find_contact(session, campaign.id, index)
            group = service.queries.group_of_contact(session, contact.id)
            return [s.state for s in service.queries.sign_ups_of_group(session, group.id)]

    def digests(self):
        """Digest each public file but the one that says when the worker looked last."""
        public = self.folder / "public"
        # Files are renamed into place out of a folder that comes and goes.
        folders = [path for path in public.iterdir() if path.is_dir() and path.name != ".tmp"]
        inside = (path for folder in folders for path in folder.rglob("*"))
        files = [path for path in (*public.iterdir(), *inside) if path.is_file()]
        return {
            path: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
            if not path.name.startswith("status.json")
        }

    def digests_at_rest(self, unlike=None):
        """Return the digests once they stood still for longer than the worker takes to look.

        Args:
            unlike: Digests that are to change first.
        """
        end, before, since = time.monotonic() + 60, None, time.monotonic()
        while time.monotonic() < end:
            found = self.digests()
            if found != before:
                before, since = found, time.monotonic()
            if found != unlike and time.monotonic() - since > 3:
                break
            time.sleep(0.5)
        return before


@contextmanager
def served_siege(folder, url, prepare=lambda site: site.widen(SLOTS[0]), **environment):
    """Serve a campaign of four slots, made ready by ``prepare`` before the server starts."""
    with planned(folder, url) as (planned_environment, port, mailbox):
        site = Besieged(planned_environment, port, mailbox)
        prepare(site)
        with running(planned_environment | environment, port):
            yield site
        site.sessions.kw["bind"].dispose()
