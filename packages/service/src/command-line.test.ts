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
    expect(parseCommandLine(['start'])).toEqual({ name: 'start', demo: null });
    expect(parseCommandLine(['start', '--demo'])).toEqual({ name: 'start', demo: 'en' });
    expect(parseCommandLine(['start', '--demo', 'ru'])).toEqual({ name: 'start', demo: 'ru' });
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

  it('knows what is done with customisations and packages', () => {
    expect(parseCommandLine(['metadata', 'push', 'my', '--destructive', '--comment', 'Rank'])).toMatchObject({
      ...{ name: 'metadata', action: 'push', folder: 'my', destructive: true, comment: 'Rank' },
    });
    expect(parseCommandLine(['package', 'install', 'my', '--leave-data'])).toMatchObject({
      ...{ name: 'package', action: 'install', subject: 'my', target: null, leaveData: true, destructive: false },
    });
    const made = ['package', 'export', '--manifest', 'm.json', '--documents', 'entity/x_a, view/x_b', 'out'];
    expect(parseCommandLine(made)).toMatchObject({
      ...{ subject: '', target: 'out', manifest: 'm.json', documents: ['entity/x_a', 'view/x_b'] },
    });
    expect(mistake('metadata', 'pul', 'my')).toBe('kartoteka: metadata has no action "pul"; did you mean pull?');
    expect(mistake('metadata', 'push')).toBe('kartoteka: metadata needs <folder>');
    expect(mistake('metadata', 'pull', 'my', '--destructive')).toBe('kartoteka: metadata pull changes no data');
    expect(mistake('package', 'export', 'training')).toBe('kartoteka: package export needs <target>');
    expect(mistake('package', 'install', 'my', 'more')).toBe("kartoteka: unexpected argument 'more'");
    expect(mistake('package', 'install', 'my', '--purge')).toBe('kartoteka: package install has no option --purge');
    expect(mistake('package', 'export', 'a', '--manifest', 'm')).toBe(
      'kartoteka: --manifest and --documents go together',
    );
  });

  it.each([[[]], [['--help']], [['publish', '--help']], [['start', '-h']]])('answers %j with help', (args) => {
    expect(parseCommandLine(args)).toMatchObject({ name: 'help' });
  });

  it('names what it does not understand and what is near', () => {
    expect(mistake('strat')).toBe('kartoteka: there is no command "strat"');
    expect(mistake('publsh')).toBe('kartoteka: there is no command "publsh"; did you mean publish?');
    expect(mistake('start', '--dmeo')).toBe('kartoteka: there is no option --dmeo; did you mean --demo?');
    expect(mistake('start', '--port=1')).toBe('kartoteka: there is no option --port');
    expect(mistake('start', 'ru')).toContain("unexpected argument 'ru'");
    expect(mistake('start', '--demo', 'fr')).toContain('there is no demo in "fr"');
    expect(mistake('start', '--demo', 'en', 'ru')).toContain("unexpected argument 'ru'");
    expect(mistake('publish', '--folder')).toContain("option '--folder <value>' argument missing");
    expect(mistake('check', 'everything')).toContain("unexpected argument 'everything'");
  });
});
