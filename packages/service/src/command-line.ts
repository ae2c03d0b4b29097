// The words of the command line and what they mean; pure, so that every mistake can be tested. It runs nothing.
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { DEMO_LANGUAGES, type DemoLanguage } from './demo/words.ts';
import {
  METADATA_HELP,
  METADATA_SYNTAX,
  type MetadataWords,
  PACKAGE_SYNTAX,
  type PackageWords,
} from './metadata-files/command-words.ts';
import {
  EXPORT_SYNTAX,
  type ExportWords,
  IMPORT_SYNTAX,
  type ImportWords,
  TRANSFER_HELP,
} from './transfer/command-words.ts';
import { usageError } from './usage-error.ts';

/** Commands that work on the database itself. */
export type ServiceCommand =
  | { readonly name: 'start'; readonly demo: DemoLanguage | null }
  | {
      readonly name: 'publish';
      readonly folder: string | null;
      readonly dryRun: boolean;
      readonly destructive: boolean;
    }
  | { readonly name: 'check' }
  | { readonly name: 'purge'; readonly dryRun: boolean };

export type Command =
  | ServiceCommand
  | ImportWords
  | ExportWords
  | MetadataWords
  | PackageWords
  | { readonly name: 'help'; readonly text: string };

const HELP = `kartoteka <command> [options]

  start                     start the service
    --demo [en|ru]            with some thousand fictitious records of a sales team, in English or Russian
  publish                   bring the database to the documents of a folder
    --folder <path>           the folder of documents (default: metadata)
    --dry-run                 say what would change, change nothing
    --destructive             allow changes that lose data
  check                     compare the database's tables with the documents
  purge                     remove what has been in the recycle bin, or in the history, for too long
    --dry-run                 say how much would go, remove nothing
${TRANSFER_HELP}${METADATA_HELP}
  --help                    this text

Settings come from the environment: PORT, HOST, DATABASE_URL, KARTOTEKA_DATA and others (see README.md).
`;

const HELP_OPTION = { help: { type: 'boolean', short: 'h' } } as const;

interface CommandSyntax {
  readonly options: NonNullable<ParseArgsConfig['options']>;
  /** Words that stand without an option, all of them needed. */
  readonly positionals?: readonly string[];
  /** Words behind them that need not be there. */
  readonly optional?: readonly string[];
  readonly command: (values: Readonly<Record<string, unknown>>, positionals: readonly string[]) => Command;
}

const COMMANDS: Readonly<Record<string, CommandSyntax>> = {
  start: {
    options: { demo: { type: 'boolean' } },
    optional: ['language'],
    command: (values, [language]) => ({ name: 'start', demo: demoLanguage(values.demo === true, language) }),
  },
  publish: {
    options: { folder: { type: 'string' }, 'dry-run': { type: 'boolean' }, destructive: { type: 'boolean' } },
    command: (values) => ({
      name: 'publish',
      folder: typeof values.folder === 'string' ? values.folder : null,
      dryRun: values['dry-run'] === true,
      destructive: values.destructive === true,
    }),
  },
  check: { options: {}, command: () => ({ name: 'check' }) },
  purge: {
    options: { 'dry-run': { type: 'boolean' } },
    command: (values) => ({ name: 'purge', dryRun: values['dry-run'] === true }),
  },
  import: IMPORT_SYNTAX,
  export: EXPORT_SYNTAX,
  metadata: METADATA_SYNTAX,
  package: PACKAGE_SYNTAX,
};

/**
 * Understands the arguments after the program's name.
 * @throws UsageError
 */
export function parseCommandLine(args: readonly string[]): Command {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') return { name: 'help', text: HELP };
  const syntax = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (syntax === undefined) throw usageError(`there is no command "${name}"`, name, Object.keys(COMMANDS));
  const wanted = syntax.positionals ?? [];
  const { values, positionals } = wordsOf(
    rest,
    { ...syntax.options, ...HELP_OPTION },
    wanted.length + (syntax.optional?.length ?? 0) > 0,
  );
  if (values.help === true) return { name: 'help', text: HELP };
  const missing = wanted.slice(positionals.length);
  if (missing.length > 0) throw usageError(`${name} needs ${missing.map((word) => `<${word}>`).join(' ')}`);
  const extra = positionals[wanted.length + (syntax.optional?.length ?? 0)];
  if (extra !== undefined) throw usageError(`unexpected argument '${extra}'`);
  return syntax.command(values, positionals);
}

/** The word behind `--demo`; English without one. */
function demoLanguage(demo: boolean, word: string | undefined): DemoLanguage | null {
  if (!demo && word !== undefined) throw usageError(`unexpected argument '${word}'`);
  if (!demo) return null;
  const language = DEMO_LANGUAGES.find((each) => each === (word ?? 'en'));
  if (language === undefined) throw usageError(`there is no demo in "${word}"`, word, DEMO_LANGUAGES);
  return language;
}

function wordsOf(
  args: readonly string[],
  options: CommandSyntax['options'],
  allowPositionals: boolean,
): { readonly values: Readonly<Record<string, unknown>>; readonly positionals: readonly string[] } {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const unknown = /^Unknown option '(--?[^']*)'/.exec(message)?.[1];
    if (unknown === undefined) throw usageError(lowerFirst(message.split('. ')[0] ?? message));
    throw usageError(
      `there is no option ${unknown}`,
      unknown,
      Object.keys(options).map((option) => `--${option}`),
    );
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
