"""What stands in the way of publishing a campaign: sites, waves and times that will not do."""

from collections.abc import Iterator
from datetime import datetime

from protestcoord.campaigns.preview import Change, Preview, PreviewRow, begun_occurrences
from protestcoord.campaigns.stored_rules import published_rule_of, rule_of
from protestcoord.campaigns.waves import agree_on
from protestcoord.core.errors import N_, DomainError

# Above it the public files would be too many for one small machine.
MOST_SLOTS = 20_000


class NotReady(DomainError):
    """Something is missing without which a campaign cannot be published."""


def what_is_missing(preview: Preview, now: datetime) -> Iterator[NotReady]:
    """Yield what stands in the way of publishing, in the order in which to mend it."""
    if not preview.sites:
        yield NotReady(N_("There is no site yet. Please choose at least one."), field="sites")
    if not preview.waves:
        yield NotReady(N_("There is no wave yet. Please say when."), field="waves")
    if preview.sites and preview.waves and not any(row.takes_place for row in preview.rows):
        yield NotReady(
            N_(
                "No site has a slot. Please look at the window of the day of the relay, and at "
                "the single sites that are left out."
            ),
            field="waves",
        )
    if sum(row.takes_place for row in preview.rows) > MOST_SLOTS:
        message = N_(
            "These are more than %(most)s slots. Please repeat less often, or choose fewer sites."
        )
        yield NotReady(message, field="waves", most=MOST_SLOTS)
    yield from _changed_though_begun(preview, now)
    yield from _past_starts(preview, now)
    yield from _overlaps(preview)


def _changed_though_begun(preview: Preview, now: datetime) -> Iterator[NotReady]:
    """Find waves that were changed, not published, and have begun meanwhile."""
    for wave in preview.waves:
        before = published_rule_of(wave)
        slots = (row.slot for row in preview.rows if row.wave is wave and row.slot)
        begun = begun_occurrences(wave, slots, now)
        if before and begun and not agree_on(begun, before, rule_of(wave)):
            message = N_(
                "Wave %(wave)s was changed, but has begun before that was published. Please set "
                "it back to what is published: %(start)s, %(minutes)s minutes."
            )
            yield NotReady(
                message,
                field="waves",
                wave=wave.number,
                start=before.start.isoformat(" ", "minutes"),
                minutes=before.duration_minutes,
            )


def _past_starts(preview: Preview, now: datetime) -> Iterator[NotReady]:
    for row in preview.rows:
        if row.change in (Change.NEW, Change.MOVED) and row.planned.starts_at <= now:
            yield NotReady(
                N_(
                    "Wave %(wave)s starts in the past: at %(site)s it would be %(local)s. Please "
                    "choose a later time."
                ),
                field="waves",
                **_named(row),
            )
            return


def _overlaps(preview: Preview) -> Iterator[NotReady]:
    """Find a site at which one wave would act twice at once: own times, clocks that change."""
    by_site: dict[tuple[int, int], PreviewRow] = {}
    for row in preview.rows:
        if not row.takes_place:
            continue
        before = by_site.get((row.wave.id, row.site.id))
        if before and row.planned.starts_at < before.planned.ends_at:
            message = N_(
                "Two times of wave %(wave)s overlap at %(site)s: one starts at %(local)s, before "
                "the other has ended."
            )
            yield NotReady(message, field="waves", **_named(row))
            return
        by_site[row.wave.id, row.site.id] = row


def _named(row: PreviewRow) -> dict[str, object]:
    local = row.local_start.replace("T", " ")
    return {"wave": row.wave.number, "site": row.site.mission.city, "local": local}
