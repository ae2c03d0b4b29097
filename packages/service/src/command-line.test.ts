// The command line: what is understood and how mistakes are answered.
import { describe, expect, it } from 'vitest';
import { parseCommandLine } from './command-line.ts';
import { UsageError } from './usage-error.ts';

function mistake(...args: string[]): string {
  try {
    parseCommandLine(args);
  } catch (error) {
    if (error instanceof UsageError) return error.message.split('\n')[0] ?? '';
    throw error;
  }
  return '';
}

describe('the command line', () => {
  it('knows its commands and options', () => {
    expect(parseCommandLine(['start'])).toEqual({ name: 'start', demo: false });
    expect(parseCommandLine(['start', '--demo'])).toEqual({ name: 'start', demo: true });
    expect(parseCommandLine(['publish', '--folder', 'my', '--dry-run'])).toEqual({
      name: 'publish',
      folder: 'my',
      dryRun: true,
      destructive: false,
    });
    expect(parseCommandLine(['check'])).toEqual({ name: 'check' });
    expect(parseCommandLine(['purge'])).toEqual({ name: 'purge', dryRun: false });
    expect(parseCommandLine(['purge', '--dry-run'])).toEqual({ name: 'purge', dryRun: true });
  });

  it.each([[[]], [['--help']], [['publish', '--help']], [['start', '-h']]])('answers %j with help', (args) => {
    expect(parseCommandLine(args)).toMatchObject({ name: 'help' });
  });

  it('names what it does not understand and what is near', () => {
    expect(mistake('strat')).toBe('kartoteka: there is no command "strat"');
    expect(mistake('publsh')).toBe('kartoteka: there is no command "publsh"; did you mean publish?');
    expect(mistake('start', '--dmeo')).toBe('kartoteka: there is no option --dmeo; did you mean --demo?');
    expect(mistake('start', '--port=1')).toBe('kartoteka: there is no option --port');
    expect(mistake('publish', '--folder')).toContain("option '--folder <value>' argument missing");
    expect(mistake('check', 'everything')).toContain("unexpected argument 'everything'");
  });
});
