from protestcoord.organizers.audit import record
from protestcoord.organizers.queries import audit_entries_of
from tests.stored import NOW, store_organizer


def test_an_act_is_written_with_ids_and_counts(session):
    organizer = store_organizer(session)
    record(session, organizer, "campaign.publish", "campaign 12", NOW, added=3)
    (entry,) = audit_entries_of(session, organizer)
    assert (entry.at, entry.act, entry.subject, entry.detail) == (
        NOW,
        "campaign.publish",
        "campaign 12",
        {"added": 3},
    )


def test_an_organizer_sees_the_own_acts_the_newest_first(session):
    kim, lee = store_organizer(session), store_organizer(session, "lee@example.org")
    for number, organizer in enumerate((kim, lee, kim, kim)):
        record(session, organizer, "wave.add", f"campaign {number}", NOW)
    seen = [entry.subject for entry in audit_entries_of(session, kim, most=2)]
    assert seen == ["campaign 3", "campaign 2"]
