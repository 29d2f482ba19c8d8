"""What a role includes, and where it holds."""

from itertools import pairwise

import pytest

from protestcoord.members.rules import RIGHTS, Areas, MemberRole, Right


def test_each_role_has_all_that_the_lesser_ones_have():
    order = list(MemberRole)
    for more, less in pairwise(order):
        assert RIGHTS[more] > RIGHTS[less]
    assert RIGHTS[MemberRole.OWNER] == set(Right)


@pytest.mark.parametrize(
    ("codes", "country", "is_covered"),
    [
        ([], "DE", True),
        (["DE"], "DE", True),
        (["DE"], "FR", False),
        (["155"], "DE", True),
        (["155"], "JP", False),
        (["155", "JP"], "JP", True),
    ],
)
def test_areas_are_countries_and_whole_regions(codes, country, is_covered):
    assert Areas.of(codes).covers(country) is is_covered
