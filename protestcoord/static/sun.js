// Where does the sun stand overhead, and where on Earth is it night? Pure: an instant in, degrees out.

"use strict";

window.protestcoordSun = (() => {
  const DEGREE = Math.PI / 180;
  const J2000 = Date.UTC(2000, 0, 1, 12);
  const DAY_MS = 86400000;
  const round = (degrees, turn) => ((degrees % turn) + turn) % turn;

  /**
   * The point over which the sun stands, as [latitude, longitude] in degrees; the longitude is from
   * -180 to 180. Right to about a hundredth of a degree between 1950 and 2050.
   *
   * Source: The Astronomical Almanac, "Low precision formulas for the Sun".
   */
  function subsolarPoint(instant) {
    const days = (instant - J2000) / DAY_MS;
    const meanLongitude = round(280.46 + 0.9856474 * days, 360);
    const anomaly = round(357.528 + 0.9856003 * days, 360) * DEGREE;
    const longitude =
      (meanLongitude + 1.915 * Math.sin(anomaly) + 0.02 * Math.sin(2 * anomaly)) * DEGREE;
    const tilt = (23.439 - 0.0000004 * days) * DEGREE;
    const rightAscension = Math.atan2(Math.cos(tilt) * Math.sin(longitude), Math.cos(longitude));
    const declination = Math.asin(Math.sin(tilt) * Math.sin(longitude));
    const siderealDegrees = 280.46062 + 360.98564737 * days;
    const east = round(rightAscension / DEGREE - siderealDegrees + 180, 360) - 180;
    return [declination / DEGREE, east];
  }

  /**
   * The edge of the night as [latitude, longitude] pairs from west to east, closed round the pole
   * that is dark: a ring for a map which shows the world from one longitude to the other.
   */
  function nightRing(instant, west, east, step = 3) {
    const [latitude, longitude] = subsolarPoint(instant);
    // At an equinox the edge runs through both poles; a hair beside it, it is a line again.
    const tangent = Math.tan((Math.abs(latitude) < 0.01 ? 0.01 : latitude) * DEGREE);
    const ring = [];
    for (let at = west; at <= east; at += step) {
      ring.push([Math.atan(-Math.cos((at - longitude) * DEGREE) / tangent) / DEGREE, at]);
    }
    const dark = tangent > 0 ? -90 : 90;
    return [[dark, west], ...ring, [dark, east]];
  }

  return { subsolarPoint, nightRing };
})();
