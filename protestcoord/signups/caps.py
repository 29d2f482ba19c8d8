"""How much may one address, one mail domain or one hour claim, before an organizer looks."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from protestcoord.campaigns.models import Slot
from protestcoord.signups.models import Contact, Group, SignUp
from protestcoord.signups.rules import LIVE, SignUpState

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


def must_wait(session: Session, sign_up: SignUp, offered: Mapping[str, int] | None = None) -> bool:
    """Say whether a claim gets no place by itself, although there may be one.

    An organizer can give it one at any time; otherwise it waits until the reason is gone.

    Args:
        session: Where it is stored.
        sign_up: The claim.
        offered: ``offered_by_domain``, if many are asked about.
    """
    group = sign_up.group
    if group.is_trusted:
        return False
    if (group.needs_look or group.campaign.known_groups_only) and not _is_known(session, group):
        return True
    domain = group.contact.domain_index
    if not domain:
        return False
    if offered is None:
        offered = offered_by_domain(session, group.campaign_id, domain)
    return offered.get(domain, 0) >= MOST_OFFERED_OF_DOMAIN


def _is_known(session: Session, group: Group) -> bool:
    confirmed = select(SignUp.id).where(
        SignUp.group_id == group.id, SignUp.state == SignUpState.CONFIRMED
    )
    return session.scalar(confirmed.limit(1)) is not None


def offered_by_domain(session: Session, campaign_id: int, domain: str = "") -> Counter[str]:
    """Return how many offered sign-ups each counted mail domain has, or one, by its digest."""
    counted = (
        select(Contact.domain_index, func.count())
        .select_from(SignUp)
        .join(Group, Group.id == SignUp.group_id)
        .join(Contact, Contact.id == Group.contact_id)
        .where(Contact.campaign_id == campaign_id, SignUp.state == SignUpState.OFFERED)
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


def is_flooded(session: Session, slot: Slot, now: datetime) -> bool:
    """Say whether so many signed up at a site lately that nobody is approved unseen."""
    lately = (
        select(func.count())
        .select_from(SignUp)
        .join(Slot, Slot.id == SignUp.slot_id)
        .where(Slot.site_id == slot.site_id, SignUp.created_at > now - timedelta(hours=1))
    )
    return (session.scalar(lately) or 0) >= MOST_AN_HOUR_AT_SITE
