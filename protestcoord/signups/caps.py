"""How much may one address, one mail domain or one hour claim, before an organizer looks."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, aliased

from protestcoord.campaigns.models import Campaign, Slot
from protestcoord.signups.models import Contact, Group, SignUp
from protestcoord.signups.rules import LIVE, WAITLISTED, SignUpState

# SECURITY: an organizer looks at a group before it may have more than these.
MOST_SIGN_UPS = 5
MOST_OFFERED_OF_DOMAIN = 3
MOST_AN_HOUR_AT_SITE = 200

# Where anybody gets an address, so that many groups of one domain say nothing.
PUBLIC_PROVIDERS = frozenset(
    """
    126.com 163.com aol.com daum.net disroot.org docomo.ne.jp ezweb.ne.jp fastmail.com gmail.com
    gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hanmail.net hey.com hotmail.co.uk
    hotmail.com hotmail.de hotmail.fr icloud.com kakao.com laposte.net live.com mail.com mail.de
    mailbox.org mac.com me.com msn.com naver.com orange.fr outlook.com outlook.de outlook.fr
    pm.me posteo.de posteo.net proton.me protonmail.ch protonmail.com qq.com riseup.net
    rocketmail.com softbank.ne.jp t-online.de tuta.com tuta.io tutamail.com tutanota.com
    tutanota.de web.de yahoo.co.jp yahoo.co.uk yahoo.com yahoo.de yahoo.fr yandex.com ymail.com
    """.split()  # noqa: SIM905 - sixty quoted names are no easier to read
)
# Below these, as in co.uk, names are given to anybody.
SECOND_LEVELS = frozenset({"ac", "co", "com", "edu", "go", "gob", "gov", "ne", "net", "or", "org"})


def counted_domain(email: str) -> str:
    """Return the mail domain whose sign-ups are counted together, or empty for public providers.

    Names below one domain count as one, since whoever owns it can make as many as they like. The
    public suffix is told from the usual second levels, such as ``ac.jp``; where there is another,
    a larger part of the net shares one count, and an organizer looks at more groups.
    """
    domain = email.rpartition("@")[2].casefold()
    if domain in PUBLIC_PROVIDERS:
        return ""
    parts = domain.split(".")
    return ".".join(parts[-3:] if parts[-2:-1] and parts[-2] in SECOND_LEVELS else parts[-2:])


def has_too_many(session: Session, group: Group) -> bool:
    """Say whether a group may claim no further slot; one that organizers trust always may."""
    if group.is_trusted:
        return False
    live = select(func.count()).where(SignUp.group_id == group.id, SignUp.state.in_(LIVE))
    return (session.scalar(live) or 0) >= MOST_SIGN_UPS


class Claimant(NamedTuple):
    """Whose claim it is, as far as that decides whether it gets a place by itself."""

    sign_up_id: int
    slot_id: int
    domain: str
    is_trusted: bool

    def must_wait(self, offered: Mapping[str, int]) -> bool:
        """Say whether its domain has so many on offer that it waits until some are decided."""
        is_counted = self.domain and not self.is_trusted
        return bool(is_counted) and offered.get(self.domain, 0) >= MOST_OFFERED_OF_DOMAIN


def must_wait(session: Session, sign_up: SignUp) -> bool:
    """Say whether a claim gets no place by itself, although there may be one.

    An organizer can give it one at any time; otherwise it waits until the reason is gone.
    """
    claimant = next(_claimants(session, SignUp.id == sign_up.id), None)
    if claimant is None:
        return True
    campaign_id = sign_up.group.campaign_id
    return claimant.must_wait(offered_by_domain(session, [campaign_id], claimant.domain))


def waiting_by_slot(session: Session, slot_ids: Collection[int]) -> dict[int, list[Claimant]]:
    """Return who may get a place on some slots by itself, as far as its group goes.

    Of a flood of thousands just these few columns are read, and in one question for all slots.

    Returns:
        By the slot's row id, who waited longest first.
    """
    found: dict[int, list[Claimant]] = defaultdict(list)
    queued = SignUp.slot_id.in_(slot_ids) & (SignUp.state == WAITLISTED)
    for claimant in _claimants(session, queued):
        found[claimant.slot_id].append(claimant)
    return found


def _claimants(session: Session, which: ColumnElement[bool]) -> Iterator[Claimant]:
    """Return those that no organizer has to look at first, in the order of their queue."""
    other = aliased(SignUp)
    is_known = exists().where(
        other.group_id == SignUp.group_id, other.state == SignUpState.CONFIRMED
    )
    is_asked = Group.needs_look | Campaign.known_groups_only
    chosen = (
        select(SignUp.id, SignUp.slot_id, Contact.domain_index, Group.is_trusted)
        .select_from(SignUp)
        .join(Group, Group.id == SignUp.group_id)
        .join(Contact, Contact.id == Group.contact_id)
        .join(Campaign, Campaign.id == Group.campaign_id)
        .where(which, Group.is_trusted | ~is_asked | is_known)
    )
    for row in session.execute(chosen.order_by(SignUp.waitlist_number)):
        yield Claimant(*row)


def offered_by_domain(
    session: Session, campaign_ids: Collection[int], domain: str = ""
) -> Counter[str]:
    """Return how many offered sign-ups each counted mail domain has, or one, by its digest.

    A domain has another digest in each campaign, so several can be counted together.
    """
    counted = (
        select(Contact.domain_index, func.count())
        .select_from(SignUp)
        .join(Group, Group.id == SignUp.group_id)
        .join(Contact, Contact.id == Group.contact_id)
        .where(Contact.campaign_id.in_(campaign_ids), SignUp.state == SignUpState.OFFERED)
        .group_by(Contact.domain_index)
    )
    if domain:
        counted = counted.where(Contact.domain_index == domain)
    return Counter({domain: number for domain, number in session.execute(counted) if domain})


def live_by_group(session: Session, group_ids: Collection[int]) -> Counter[int]:
    """Return how many live sign-ups some groups have."""
    live = select(SignUp.group_id, func.count()).where(SignUp.state.in_(LIVE))
    of_groups = live.where(SignUp.group_id.in_(group_ids)).group_by(SignUp.group_id)
    return Counter({row[0]: row[1] for row in session.execute(of_groups)})


def approving_sites(session: Session, slots: Iterable[Slot], now: datetime) -> set[int]:
    """Return at which sites of some slots, by row id, an unknown group is approved unseen.

    It is where the campaign approves at once, and not so many signed up at the site lately.
    """
    asked = {slot.site_id for slot in slots if slot.site.campaign.approves_at_once}
    if not asked:
        return set()
    lately = (
        select(Slot.site_id)
        .join(SignUp, SignUp.slot_id == Slot.id)
        .where(Slot.site_id.in_(asked), SignUp.created_at > now - timedelta(hours=1))
        .group_by(Slot.site_id)
        .having(func.count() >= MOST_AN_HOUR_AT_SITE)
    )
    return asked - set(session.scalars(lately))
