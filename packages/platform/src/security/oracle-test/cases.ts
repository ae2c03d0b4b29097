// Differences that were found, each as the smallest world that showed it: `cases.jsonl`, one a line, as a failing run prints it,
// with a name that says what ought to be. Both suites compare all of them. It must not be imported by product code.
import { readFileSync } from 'node:fs';
import type { Case } from './runs.ts';

export function keptCases(): readonly Case[] {
  const text = readFileSync(new URL('cases.jsonl', import.meta.url), 'utf8');
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Case);
}
