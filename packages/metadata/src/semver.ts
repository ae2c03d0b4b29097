// Order of versions (semantic versioning 2.0.0, build metadata left out), and ranges of them as dependencies name them. Pure.

const VERSION = /^v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+.*)?$/;

/** A version as a manifest gives it: three numbers without leading zeros, perhaps a prerelease; no build metadata. */
export const VERSION_PATTERN =
  '^(0|[1-9][0-9]{0,8})\\.(0|[1-9][0-9]{0,8})\\.(0|[1-9][0-9]{0,8})(-[0-9A-Za-z]+([.-][0-9A-Za-z]+)*)?$';

/** Below zero where `a` is older than `b`. A text that is not a version is older than every version. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parse(a), parse(b)];
  for (const place of [0, 1, 2] as const) {
    const difference = left.numbers[place] - right.numbers[place];
    if (difference !== 0) return difference;
  }
  return comparePrerelease(left.prerelease, right.prerelease);
}

const COMPARATOR =
  /^(>=|<=|>|<|=|\^|~)?((?:0|[1-9]\d{0,8})\.(?:0|[1-9]\d{0,8})\.(?:0|[1-9]\d{0,8})(?:-[0-9A-Za-z.-]+)?)$/;

/** Whether a text is a range: `*`, or comparators such as `^1.2.0`, `~1.2.0`, `>=1.0.0 <3.0.0`, `1.2.3`, all of which hold. */
export function isVersionRange(text: string): boolean {
  return (
    text === '*' ||
    (text.trim() !== '' &&
      text
        .trim()
        .split(/ +/)
        .every((part) => COMPARATOR.test(part)))
  );
}

/** Whether the version lies in the range. False for what is no range. */
export function isInRange(version: string, range: string): boolean {
  if (!isVersionRange(range)) return false;
  if (range === '*') return true;
  return range
    .trim()
    .split(/ +/)
    .every((part) => {
      const [, operator = '=', bound = ''] = COMPARATOR.exec(part) ?? [];
      return HOLDS[operator]?.(version, bound) === true;
    });
}

const HOLDS: Readonly<Record<string, (version: string, bound: string) => boolean>> = {
  '=': (version, bound) => compareVersions(version, bound) === 0,
  '>': (version, bound) => compareVersions(version, bound) > 0,
  '>=': (version, bound) => compareVersions(version, bound) >= 0,
  '<': (version, bound) => compareVersions(version, bound) < 0,
  '<=': (version, bound) => compareVersions(version, bound) <= 0,
  '~': (version, bound) => between(version, bound, nextMinor(bound)),
  '^': (version, bound) => between(version, bound, nextBreaking(bound)),
};

/** A prerelease of the upper bound is below it, but no part of the range: 2.0.0-rc.1 is not ^1.0.0. */
function between(version: string, lower: string, upper: string): boolean {
  return compareVersions(version, lower) >= 0 && compareVersions(version, `${upper}-0`) < 0;
}

function nextMinor(bound: string): string {
  const [major, minor] = parse(bound).numbers;
  return `${major}.${minor + 1}.0`;
}

/** Below 1.0.0 the first number that is not zero counts. */
function nextBreaking(bound: string): string {
  const [major, minor, patch] = parse(bound).numbers;
  if (major > 0) return `${major + 1}.0.0`;
  return minor > 0 ? `0.${minor + 1}.0` : `0.0.${patch + 1}`;
}

interface Version {
  readonly numbers: readonly [number, number, number];
  readonly prerelease: readonly string[];
}

function parse(text: string): Version {
  const match = VERSION.exec(text);
  if (match === null) return { numbers: [-1, -1, -1], prerelease: [] };
  return {
    numbers: [Number(match[1]), Number(match[2]), Number(match[3])],
    prerelease: match[4] === undefined ? [] : match[4].split('.'),
  };
}

/** A version without a prerelease is newer than one with it; numbers are older than words. */
function comparePrerelease(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  for (let i = 0; i < Math.max(a.length, b.length); i += 1) {
    const [left, right] = [a[i], b[i]];
    if (left === undefined || right === undefined) return left === undefined ? -1 : 1;
    if (left === right) continue;
    const [leftIsNumber, rightIsNumber] = [/^\d+$/.test(left), /^\d+$/.test(right)];
    if (leftIsNumber && rightIsNumber) return Number(left) - Number(right);
    if (leftIsNumber !== rightIsNumber) return leftIsNumber ? -1 : 1;
    return left < right ? -1 : 1;
  }
  return 0;
}
