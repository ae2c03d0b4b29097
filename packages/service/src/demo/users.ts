// The sales team of `start --demo`. Data only; what they are called is in the words of each language.
import type { DemoWords } from './words.ts';

export interface DemoUser {
  readonly login: string;
  readonly email: string;
  readonly name: string;
  readonly title: string;
  readonly role: 'sales_manager' | 'sales_representative' | 'marketing';
  /** Name of the unit. */
  readonly unit: string;
  /** Login; null: nobody of the demo. */
  readonly manager: string | null;
}

/** The password of all demo users; the service that has them is for trying out. */
export const DEMO_PASSWORD = 'kartoteka-demo';

/** Login, role, unit, manager. */
const TEAM: readonly (readonly [string, DemoUser['role'], string, string | null])[] = [
  ['nora', 'sales_manager', 'north', null],
  ['ravi', 'sales_representative', 'north', 'nora'],
  ['olga', 'sales_representative', 'north', 'nora'],
  ['sam', 'sales_manager', 'south', null],
  ['lucia', 'sales_representative', 'south', 'sam'],
  ['ken', 'sales_representative', 'key', 'sam'],
  ['mia', 'marketing', 'marketing', null],
];

/** Those who sell, as often as records become theirs: representatives own most, managers a few. */
export const SELLERS = ['ravi', 'olga', 'lucia', 'ken', 'ravi', 'olga', 'lucia', 'nora', 'sam'] as const;
export const MARKETER = 'mia';
/** They go through the pipeline with their people every week. */
export const MANAGERS = ['nora', 'sam'] as const;
/** Somebody who is away for a week, in days from today. */
export const ABSENCE = { login: 'olga', days: [3, 10] } as const;
/** Members of the team that new enquiries go to. */
export const TEAM_MEMBERS = ['ravi', 'lucia'] as const;

export function demoUsers({ users, units }: Pick<DemoWords, 'users' | 'units'>): readonly DemoUser[] {
  return TEAM.map(([login, role, unit, manager]) => {
    const { name = login, title = '' } = users[login] ?? {};
    return { login, email: `${login}@demo.example`, name, title, role, unit: units[unit] ?? unit, manager };
  });
}
