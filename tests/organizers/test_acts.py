"""Every act that the code writes down has a sentence in the log."""

import re
from pathlib import Path

import protestcoord
from protestcoord.organizers.acts import ACT_TEXTS

PACKAGE = Path(protestcoord.__file__).parent
ACT = re.compile(r'"([a-z_]+\.[a-z_]+)"')
ROOMS = {act.partition(".")[0] for act in ACT_TEXTS}


def acts_in(text):
    return {act for act in ACT.findall(text) if act.partition(".")[0] in ROOMS}


def written_acts():
    files = [
        path
        for path in PACKAGE.rglob("*.py")
        if path.name.startswith(("console", "exporting", "emergencies"))
        or path.parts[-2:] in {("organizers", "cli.py"), ("campaigns", "views.py")}
    ]
    found = set().union(*(acts_in(path.read_text()) for path in files))
    return {act for act in found if not act.endswith((".html", ".id"))}


def test_every_act_has_a_sentence():
    assert written_acts() - set(ACT_TEXTS) == set()


def test_the_guard_sees_an_act_without_one():
    assert acts_in('note(session, "campaign.vanish", campaign)') - set(ACT_TEXTS)


def test_no_sentence_is_left_over():
    made_of_parts = {"sign_ups.approve"}
    assert set(ACT_TEXTS) - written_acts() == made_of_parts
