// Errors in the language of the page: the service words them in English by its one error table, whose codes and templates are known here.
// Values are read back out of a message by its template. A code or a wording that is not known stays as the service says it. Pure.
import { ERROR_WORDS, PRIVILEGE_WORDS, REASONS } from './ru.ts';

export interface Told {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** What an entity and a field are called on the page; undefined: not known. */
export interface Labels {
  entity(name: string): string | undefined;
  field(name: string): string | undefined;
}

const PLACE = /\{(\w+)\}/g;

interface Template {
  readonly pattern: RegExp;
  readonly names: readonly string[];
}

const compiled = new Map<string, Template>();

function templateOf(text: string): Template {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  const names = [...text.matchAll(PLACE)].map(([, name = '']) => name);
  const parts = text.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const made = { pattern: new RegExp(`^${parts.join('([\\s\\S]*?)')}$`), names };
  compiled.set(text, made);
  return made;
}

/** The values that a message was made of; undefined where it was not made of the template. */
export function valuesOf(template: string, message: string): Readonly<Record<string, string>> | undefined {
  const { pattern, names } = templateOf(template);
  const found = pattern.exec(message);
  if (found === null) return undefined;
  const values: Record<string, string> = {};
  for (const [at, name] of names.entries()) {
    const value = found[at + 1] ?? '';
    // One value stands in two places: what was read differently was read wrongly.
    if (Object.hasOwn(values, name) && values[name] !== value) return undefined;
    values[name] = value;
  }
  return values;
}

/** The error in Russian; itself where there are no words for it. */
export function inRussian<T extends Told>(told: T, labels: Labels): T {
  const words = Object.hasOwn(ERROR_WORDS, told.code) ? ERROR_WORDS[told.code] : undefined;
  if (words === undefined) return told;
  const values = valuesOf(words.en, told.message);
  const message = values === undefined ? told.message : filled(words.ru, values, labels);
  return { ...told, message, ...(told.hint === undefined || words.hint === undefined ? {} : { hint: words.hint }) };
}

const NAMED: Readonly<Record<string, (value: string, labels: Labels) => string>> = {
  entity: (value, labels) => labels.entity(value) ?? value,
  name: (value, labels) => labels.field(value) ?? value,
  id: (value, labels) => labels.field(value) ?? value,
  parent: (value, labels) => labels.field(value) ?? value,
  privilege: (value) => privilegeText(value),
  rights: (value) => value.split(', ').map(privilegeText).join(', '),
  reason: reasonText,
  what: reasonText,
};

const privilegeText = (name: string): string =>
  Object.hasOwn(PRIVILEGE_WORDS, name) ? (PRIVILEGE_WORDS[name] ?? name) : name;

function filled(template: string, values: Readonly<Record<string, string>>, labels: Labels): string {
  return template.replace(PLACE, (_, name: string) => {
    const value = values[name] ?? '';
    const word = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
    return word === undefined ? value : word(value, labels);
  });
}

function reasonText(reason: string, labels: Labels): string {
  for (const [en, ru] of REASONS) {
    const values = valuesOf(en, reason);
    if (values !== undefined) return filled(ru, values, labels);
  }
  return reason;
}
