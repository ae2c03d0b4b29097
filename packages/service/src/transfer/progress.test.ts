// Progress: one line on a terminal, plain lines elsewhere, never more often than it can be read.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Progress, progressLine } from './progress.ts';

const STATE = { rows: 500, failed: 3, bytes: 250, total: 1000 };

describe('a line of progress', () => {
  it('has a bar, the part by bytes, rows, rate, errors and the time that is left', () => {
    expect(progressLine(STATE, 10, true)).toBe(
      `[${'='.repeat(6)}${' '.repeat(18)}] 25 %  500 rows, 50 rows/s, 3 failed, 0:30 left`,
    );
    expect(progressLine(STATE, 1000, false)).toBe('25 %  500 rows, 1 rows/s, 3 failed, 50:00 left');
    expect(progressLine({ ...STATE, bytes: 1000 }, 10, false)).toBe('100 %  500 rows, 50 rows/s, 3 failed');
    expect(progressLine({ ...STATE, bytes: 0, total: 0 }, 0, true)).toBe('500 rows, 0 rows/s, 3 failed');
  });
});

describe('progress', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => vi.useRealTimers());

  function shown(isTTY: boolean, columns = 200): { texts: string[]; progress: Progress } {
    const texts: string[] = [];
    return { texts, progress: new Progress({ isTTY, columns, write: (text) => texts.push(text) }) };
  }

  it('writes one line over on a terminal, cut to its width, and takes it off at the end', () => {
    const { texts, progress } = shown(true, 30);
    progress.update(STATE);
    expect(texts).toEqual([]);
    vi.advanceTimersByTime(200);
    progress.update(STATE);
    progress.update(STATE);
    expect(texts).toEqual([`\r[${'='.repeat(6)}${' '.repeat(18)}] 25`]);
    progress.end();
    expect(texts.at(-1)).toBe(`\r${' '.repeat(29)}\r`);
  });

  it('writes plain lines now and then elsewhere', () => {
    const { texts, progress } = shown(false);
    vi.advanceTimersByTime(9999);
    progress.update(STATE);
    expect(texts).toEqual([]);
    vi.advanceTimersByTime(1);
    progress.update(STATE);
    progress.end();
    expect(texts).toEqual(['25 %  500 rows, 50 rows/s, 3 failed, 0:30 left\n']);
  });
});
