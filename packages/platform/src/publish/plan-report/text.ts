// A plan as lines for a person: what `kartoteka publish --dry-run` prints. It says what the report says, and nothing else.
import type { PlannedStep, PlannedUnfit, PlanReport, RecordCount } from './types.ts';

/** Lines without indentation are headings; a part that has nothing to say is left out. */
export function planLines(report: PlanReport): string[] {
  const part = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
  return [
    `Revision ${report.revision + 1} would be published over revision ${report.revision}:`,
    ...part(
      'Changes',
      report.changes.map(({ words, effect }) => `${words} (${effect.replace('_', ' ')})`),
    ),
    ...part('Statements', report.steps.map(stepLine)),
    ...part(
      'Refused when',
      report.checks.map(({ reason }) => reason),
    ),
    ...part(
      'Loses',
      report.losses.map((loss) => `${loss.what}: ${LOST[loss.how]} in ${records(loss)}`),
    ),
    ...part(
      'Converts',
      report.conversions.map((each) => `${each.what} from ${each.from} to ${each.to} in ${records(each)}`),
    ),
    ...part(
      'Hidden values of the same names',
      report.retired.map((each) => `${each.what}: ${records(each)}, ${RETURN[String(each.restored)]}`),
    ),
    ...part(
      'Stored records that do not fit',
      report.unfit.map((each) => `${each.what}: ${unfitWords(each)}`),
    ),
    ...part(
      'Depends on it',
      report.dependents.map(({ kind, name, pointer, on }) => `${kind} ${name}#${pointer} (${on})`),
    ),
    ...part(
      'Rights',
      report.rights.map(({ role, entity, field, right, before, after }) => {
        const subject = [entity, field].filter((name) => name !== null).join('.');
        return `${role}: ${right}${subject === '' ? '' : ` on ${subject}`}: ${before ?? 'nothing'} -> ${after ?? 'nothing'}`;
      }),
    ),
    ...part(
      'Room',
      report.capacity.map(({ words }) => words),
    ),
    `Fingerprint ${report.fingerprint}${report.destructive ? ', needs to be confirmed as destructive' : ''}`,
  ];
}

const LOST = { removed: 'the values', not_converted: 'values that cannot be converted' } as const;
const RETURN: Readonly<Record<string, string>> = { true: 'which come back', false: 'which stay hidden' };

function unfitWords(each: PlannedUnfit): string {
  if (each.why === 'value_missing') return `${records(each)} without a value, which is asked for when one is changed`;
  return `${records(each)} with the removed value ${each.value}${each.refuses ? ', which refuses the publish' : ''}`;
}

function stepLine({ sql, phase, table, lock, held, scans, rewrites, rows }: PlannedStep): string {
  const about = rows === null ? '' : `, about ${rows} rows ${rewrites ? 'written in batches' : scans ? 'read' : ''}`;
  const where = table === null ? '' : ` [${phase}; ${lock}; ${held}${about}]`;
  return `${sql.replaceAll(/\s+/g, ' ')}${where}`;
}

function records({ records: count, more }: RecordCount): string {
  if (count === null) return 'a number of records that took too long to count';
  return `${more ? 'more than ' : ''}${count} ${count === 1 ? 'record' : 'records'}`;
}
