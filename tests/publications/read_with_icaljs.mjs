// Reads a calendar on standard input with ical.js and writes its events as JSON, for test_calendar.py.
import { readFileSync } from "node:fs";
import ICAL from "./node/node_modules/ical.js/dist/ical.js";

const calendar = new ICAL.Component(ICAL.parse(readFileSync(0, "utf8")));
for (const zone of calendar.getAllSubcomponents("vtimezone")) {
  ICAL.TimezoneService.register(zone);
}

const instant = (time) => new Date(time.toUnixTime() * 1000).toISOString().replace(".000Z", "+00:00");

const events = calendar.getAllSubcomponents("vevent").map((component) => {
  const event = new ICAL.Event(component);
  return {
    uid: event.uid,
    starts_at: instant(event.startDate),
    ends_at: instant(event.endDate),
    summary: event.summary,
    location: event.location,
    description: event.description,
  };
});
process.stdout.write(JSON.stringify(events));
