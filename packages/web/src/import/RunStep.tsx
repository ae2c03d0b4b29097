// The trial and the run: how far it is, what became of the rows, the rows that were not stored with their reasons, and the file of them.
import { Button, Group, Progress, Table, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { Link } from 'react-router';
import { Notice } from '../admin/changes/Notice.tsx';
import { useFormat } from '../ui/index.ts';
import type { ImportState } from './ImportPage.tsx';
import classes from './import.module.css';
import { SHOWN_FAILURES } from './logic/chosen-file.ts';
import type { RunState } from './use-import.ts';

/** Records that are linked, of those that rows are taken for. */
const SHOWN_DUPLICATES = 20;

export function RunStep({ state, set }: { readonly state: ImportState; readonly set: string }) {
  const translate = useTranslate();
  const { run, start, stop } = state;
  const isRunning = run?.isRunning === true;
  const isDone = run !== null && !run.isRunning && !run.dryRun;
  return (
    <div className={classes.stack}>
      <Text size="sm" c="dimmed">
        {translate('import.run.help')}
      </Text>
      <Group gap="xs">
        <Button variant="default" disabled={isRunning} onClick={() => start(true)}>
          {translate('import.run.dry')}
        </Button>
        <Button disabled={isRunning} onClick={() => start(false)}>
          {translate('import.run.start')}
        </Button>
        {isRunning && (
          <Button variant="subtle" color="red" onClick={stop}>
            {translate('import.run.stop')}
          </Button>
        )}
        {isDone && (
          <Button component={Link} to={`/records/${set}`} variant="default">
            {translate('import.run.to_list')}
          </Button>
        )}
      </Group>
      {run !== null && <Outcome run={run} size={state.opened?.content.size ?? 0} />}
      {run !== null && run.duplicates.rows > 0 && <Duplicates run={run} />}
      {run !== null && run.failed.rows > 0 && <Failures state={state} run={run} />}
    </div>
  );
}

function Outcome({ run, size }: { readonly run: RunState; readonly size: number }) {
  const translate = useTranslate();
  const { number } = useFormat();
  const { counts, bytes, isRunning, dryRun, stopped } = run;
  const part = isRunning ? Math.min(99, (bytes / Math.max(1, size)) * 100) : 100;
  const names = ['created', 'updated', 'unchanged', 'failed'] as const;
  return (
    <section aria-label={translate('import.run.outcome')} className={classes.panel}>
      <Text size="sm" fw={600} mb="xs" role="status">
        {translate(isRunning ? 'import.run.running' : dryRun ? 'import.run.tried' : 'import.run.done')}
      </Text>
      <Progress value={part} mb="sm" animated={isRunning} aria-label={translate('import.run.progress')} />
      <dl className={classes.counts}>
        {names.map((name) => (
          <div key={name}>
            <dt>{translate(`import.count.${name}`)}</dt>
            <dd data-failed={(name === 'failed' && counts.failed > 0) || undefined}>{number(counts[name])}</dd>
          </div>
        ))}
      </dl>
      {stopped !== null && (
        <Notice color="red" mt="sm" role="alert" title={translate('import.run.stopped')}>
          {stopped}
        </Notice>
      )}
    </section>
  );
}

/** Rows that are stored although rules take them for other records. */
function Duplicates({ run: { duplicates, dryRun } }: { readonly run: RunState }) {
  const translate = useTranslate();
  const { rows, rules, records } = duplicates;
  const shown = records.filter(({ id }) => id !== null).slice(0, SHOWN_DUPLICATES);
  return (
    <section aria-label={translate('import.duplicates.title')} className={classes.panel}>
      <Text size="sm" fw={600} mb="xs">
        {translate('import.duplicates.rows', { smart_count: rows })}
      </Text>
      <Text size="xs" c="dimmed" mb="sm">
        {translate(dryRun ? 'import.duplicates.tried' : 'import.duplicates.help')}{' '}
        {rules.map(([rule, count]) => `${rule}: ${count}`).join(', ')}
      </Text>
      <ul className={classes.list}>
        {shown.map(({ rule, set, id, title }, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: several rows may be taken for the same record
          <li key={at}>
            <Link to={`/records/${set}/${id}`}>{title ?? id}</Link>{' '}
            <Text span size="xs" c="dimmed">
              {rule}
            </Text>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Failures({ state, run }: { readonly state: ImportState; readonly run: RunState }) {
  const translate = useTranslate();
  const header = state.opened?.content.header ?? [];
  const { rows, shown } = run.failed;
  return (
    <section aria-label={translate('import.failed.title')} className={classes.panel}>
      <Group justify="space-between" mb="xs">
        <Text size="sm" fw={600}>
          {translate('import.failed.rows', { smart_count: rows })}
        </Text>
        <Button
          variant="default"
          size="xs"
          leftSection={<IconDownload size={14} aria-hidden />}
          disabled={run.isRunning}
          onClick={() => download(run.failed.blob(), errorName(state.opened?.file.name ?? 'import.csv'))}
        >
          {translate('import.failed.download')}
        </Button>
      </Group>
      <Text size="xs" c="dimmed" mb="sm">
        {translate('import.failed.help')}
      </Text>
      <Table.ScrollContainer minWidth={640}>
        <Table className={classes.table}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{translate('import.failed.reason')}</Table.Th>
              {header.map((column, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns may have the same name
                <Table.Th key={at}>{column}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map(({ cells, reason }, row) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows of a file have no other name
              <Table.Tr key={row}>
                <Table.Td className={classes.reason}>{reason}</Table.Td>
                {header.map((_, at) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: columns may have the same name
                  <Table.Td key={at}>{cells[at]}</Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {rows > SHOWN_FAILURES && (
        <Text size="xs" c="dimmed">
          {translate('import.failed.more', { smart_count: rows - SHOWN_FAILURES })}
        </Text>
      )}
    </section>
  );
}

const errorName = (name: string): string => `${name.replace(/\.[^.]*$/, '')}.errors.csv`;

function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken the address by the time that the next task runs.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}
