// The words of `kartoteka metadata` and `kartoteka package` and what they mean. Pure; login and password are not among them.
import type { ParseArgsConfig } from 'node:util';
import { checkedUrl } from '../transfer/command-words.ts';
import { usageError } from '../usage-error.ts';

interface Who {
  readonly url: string;
  readonly user: string | null;
}

export interface MetadataWords extends Who {
  readonly name: 'metadata';
  readonly action: 'pull' | 'plan' | 'push';
  readonly folder: string;
  readonly destructive: boolean;
  readonly comment: string;
}

export interface PackageWords extends Who {
  readonly name: 'package';
  readonly action: 'plan' | 'install' | 'uninstall' | 'export' | 'pack';
  /** Folder or archive; of an uninstallation and an export the package's name, where there is no manifest. */
  readonly subject: string;
  /** Folder or `.json` file that is written. */
  readonly target: string | null;
  readonly manifest: string | null;
  /** `kind/name` of customisations. */
  readonly documents: readonly string[];
  readonly leaveData: boolean;
  readonly purge: boolean;
  readonly destructive: boolean;
  readonly comment: string;
}

type Values = Readonly<Record<string, unknown>>;
type Options = NonNullable<ParseArgsConfig['options']>;

const TEXT = { type: 'string' } as const;
const SWITCH = { type: 'boolean' } as const;
const COMMON: Options = { url: TEXT, user: TEXT, comment: TEXT, destructive: SWITCH };

export const METADATA_HELP = `  metadata <action> <folder>   the customisations of a service as files (see docs/packages.md)
    pull                      write them to the folder
    plan                      say what the files would change
    push                      publish what was changed in the folder
    --destructive             allow changes that lose data
    --comment <text>          for the list of revisions
  package <action> <path or name> [<target>]
    plan <path>               say what installing the folder or archive would do
    install <path>            install it, or upgrade to it; --leave-data leaves what an uninstalled version had stored
    uninstall <name>          take it away; its data are kept, unless --purge
    export <name> <target>    write an installed package to a folder or .json file
    export --manifest <file> --documents <kind/name,...> <target>   make one of customisations
    pack <folder> <target>    write the folder as one .json file
`;

const METADATA_ACTIONS = ['pull', 'plan', 'push'] as const;
const PACKAGE_ACTIONS = ['plan', 'install', 'uninstall', 'export', 'pack'] as const;

export const METADATA_SYNTAX = {
  options: COMMON,
  positionals: ['action', 'folder'],
  command: (values: Values, [action = '', folder = '']: readonly string[]): MetadataWords => {
    const known = actionOf('metadata', action, METADATA_ACTIONS);
    if (known === 'pull' && values.destructive === true) throw usageError('metadata pull changes no data');
    return { name: 'metadata', action: known, folder, ...confirmationOf(values), ...whoOf(values) };
  },
};

export const PACKAGE_SYNTAX = {
  options: { ...COMMON, manifest: TEXT, documents: TEXT, 'leave-data': SWITCH, purge: SWITCH } as Options,
  positionals: ['action', 'path'],
  optional: ['target'],
  command: (values: Values, [action = '', first = '', second]: readonly string[]): PackageWords => {
    const known = actionOf('package', action, PACKAGE_ACTIONS);
    const manifest = textOf(values, 'manifest');
    const documents = (textOf(values, 'documents') ?? '').split(',').filter((each) => each.trim() !== '');
    if ((manifest === null) !== (documents.length === 0)) throw usageError('--manifest and --documents go together');
    refuseOthers(known, values);
    const writes = known === 'pack' || (known === 'export' && manifest === null);
    if (writes && second === undefined) throw usageError(`package ${known} needs <target>`);
    if (!writes && second !== undefined) throw usageError(`unexpected argument '${second}'`);
    const made = manifest !== null;
    return {
      ...{ name: 'package', action: known, subject: made ? '' : first, target: made ? first : (second ?? null) },
      ...{ manifest, documents: documents.map((each) => each.trim()) },
      ...{ leaveData: values['leave-data'] === true, purge: values.purge === true },
      ...confirmationOf(values),
      ...whoOf(values),
    };
  },
};

/** Options that one of the actions has and the others do not. */
const OF_ACTION: Readonly<Record<string, readonly string[]>> = {
  manifest: ['export'],
  documents: ['export'],
  'leave-data': ['plan', 'install'],
  purge: ['uninstall'],
  destructive: ['install'],
  comment: ['install', 'uninstall'],
};

function refuseOthers(action: string, values: Values): void {
  for (const [option, actions] of Object.entries(OF_ACTION)) {
    if (values[option] === undefined || actions.includes(action)) continue;
    throw usageError(`package ${action} has no option --${option}`);
  }
}

function actionOf<T extends string>(command: string, action: string, known: readonly T[]): T {
  const found = known.find((each) => each === action);
  if (found === undefined) throw usageError(`${command} has no action "${action}"`, action, known);
  return found;
}

function confirmationOf(values: Values) {
  return { destructive: values.destructive === true, comment: textOf(values, 'comment') ?? '' };
}

function whoOf(values: Values): Who {
  return { url: checkedUrl(textOf(values, 'url') ?? 'http://127.0.0.1:3000'), user: textOf(values, 'user') };
}

function textOf(values: Values, name: string): string | null {
  const value = values[name];
  return typeof value === 'string' ? value : null;
}
