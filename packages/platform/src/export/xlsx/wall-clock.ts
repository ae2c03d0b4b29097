// What the clocks of a time zone show at a moment. Spreadsheets know no time zones: what stands in a cell is what a clock shows.

/** Time for which an offset holds: zones change theirs at such times. */
const STEP = 900_000;
/** Offsets that are remembered. */
const MOST = 50_000;

/** From milliseconds since 1970 to the same of a clock that shows UTC; `zone` is an IANA name. */
export function wallClockIn(zone: string): (moment: number) => number {
  const format = new Intl.DateTimeFormat('en', {
    ...{ timeZone: zone, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23', era: 'short' },
    ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  const offsets = new Map<number, number>();
  return (moment) => {
    const step = Math.floor(moment / STEP);
    let offset = offsets.get(step);
    if (offset === undefined) {
      if (offsets.size >= MOST) offsets.clear();
      offset = offsetAt(format, step * STEP);
      offsets.set(step, offset);
    }
    return moment + offset;
  };
}

function offsetAt(format: Intl.DateTimeFormat, moment: number): number {
  const parts = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - moment;
}
