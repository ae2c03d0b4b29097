// Durations between ISO 8601 (`P1DT2H30M`), as the service has them, and what people write (`1d 2h 30m`, `1д 2ч`, `2:30`).

const ISO = /^(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
type Unit = 'd' | 'h' | 'm' | 's';
const UNITS: readonly Unit[] = ['d', 'h', 'm', 's'];
const WORDS: Readonly<Record<string, Unit>> = {
  ...{ d: 'd', day: 'd', days: 'd', д: 'd', дн: 'd', день: 'd', дня: 'd', дней: 'd' },
  ...{ h: 'h', hr: 'h', hour: 'h', hours: 'h', ч: 'h', час: 'h', часа: 'h', часов: 'h' },
  ...{ m: 'm', min: 'm', minute: 'm', minutes: 'm', м: 'm', мин: 'm', минута: 'm', минуты: 'm', минут: 'm' },
  ...{ s: 's', sec: 's', second: 's', seconds: 's', с: 's', сек: 's', секунда: 's', секунды: 's', секунд: 's' },
};
const SHORT: Readonly<Record<string, Readonly<Record<Unit, string>>>> = {
  en: { d: 'd', h: 'h', m: 'min', s: 's' },
  ru: { d: 'д', h: 'ч', m: 'мин', s: 'с' },
};

/** As people read it; what is no duration as it is. */
export function formatDuration(value: unknown, locale: string): string {
  const match = ISO.exec(String(value));
  if (match === null) return String(value);
  const names = SHORT[locale.slice(0, 2)] ?? SHORT.en;
  const parts = UNITS.flatMap((unit, at) => {
    const number = match[at + 2];
    return number === undefined || Number(number) === 0 ? [] : [`${number}\u00a0${names?.[unit]}`];
  });
  const text = parts.length === 0 ? `0\u00a0${names?.m}` : parts.join(' ');
  return match[1] === '-' ? `−${text}` : text;
}

function isoOf(numbers: Partial<Record<Unit, string>>, negative: boolean): string {
  const { d, h, m, s } = numbers;
  const time = `${h === undefined ? '' : `${h}H`}${m === undefined ? '' : `${m}M`}${s === undefined ? '' : `${s}S`}`;
  return `${negative ? '-' : ''}P${d === undefined ? '' : `${d}D`}${time === '' ? '' : `T${time}`}`;
}

/** The duration that a text says, in ISO 8601 (the service makes one form of it); undefined for what is none. */
export function parseDuration(text: string): string | undefined {
  const plain = text.replaceAll('\u00a0', ' ').replaceAll('−', '-').trim();
  if (ISO.test(plain.toUpperCase()) && /\d/.test(plain)) return plain.toUpperCase();
  const negative = plain.startsWith('-');
  const body = negative ? plain.slice(1).trim() : plain;
  const clock = /^(\d+):([0-5]?\d)(?::([0-5]?\d))?$/.exec(body);
  if (clock !== null) {
    const [, h = '0', m = '0', s] = clock;
    return isoOf({ h, m: String(Number(m)), ...(s === undefined ? {} : { s: String(Number(s)) }) }, negative);
  }
  const numbers: Partial<Record<Unit, string>> = {};
  let rest = body.toLowerCase();
  let last = -1;
  while (rest !== '') {
    const part = /^(\d+(?:[.,]\d+)?)\s*(\p{L}+)\.?[\s,]*/u.exec(rest);
    const unit = part === null ? undefined : WORDS[part[2] ?? ''];
    if (part === null || unit === undefined || UNITS.indexOf(unit) <= last) return undefined;
    const number = (part[1] ?? '').replace(',', '.');
    if (number.includes('.') && unit !== 's') return undefined;
    numbers[unit] = number;
    last = UNITS.indexOf(unit);
    rest = rest.slice(part[0].length);
  }
  return last < 0 ? undefined : isoOf(numbers, negative);
}
