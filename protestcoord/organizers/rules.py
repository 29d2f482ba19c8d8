"""Who may do what in a campaign: roles and rights, pure."""

import enum

from protestcoord.core.errors import N_


class Right(enum.StrEnum):
    """What a page of the console, or an act on it, needs."""

    VIEW = "view"
    MODERATE = "moderate"
    CONTACT = "contact"
    PLAN = "plan"
    OWN = "own"


class Role(enum.StrEnum):
    """What somebody is in a campaign."""

    OWNER = "owner"
    COORDINATOR = "coordinator"
    MODERATOR = "moderator"
    VIEWER = "viewer"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.COORDINATOR: frozenset({Right.VIEW, Right.MODERATE, Right.CONTACT, Right.PLAN}),
    Role.MODERATOR: frozenset({Right.VIEW, Right.MODERATE}),
    Role.VIEWER: frozenset({Right.VIEW}),
}

ROLE_LABELS = {
    Role.OWNER: N_("owner"),
    Role.COORDINATOR: N_("coordinator"),
    Role.MODERATOR: N_("moderator"),
    Role.VIEWER: N_("viewer"),
}
