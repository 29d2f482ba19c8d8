from protestcoord.missions.catalogue import COLUMNS
from protestcoord.missions.models import Mission


def test_stored_columns_are_those_of_the_catalogue_with_identity_and_time() -> None:
    assert tuple(Mission.__table__.columns.keys()) == (
        "id",
        *COLUMNS,
        "changed_at",
        "removed_at",
    )


def test_no_column_of_the_catalogue_may_be_null_so_that_absent_is_said_in_one_way() -> None:
    nullable = [column.name for column in Mission.__table__.columns if column.nullable]
    assert nullable == ["removed_at"]
