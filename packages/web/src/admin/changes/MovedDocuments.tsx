// What others have published of the same documents since a change set was begun: base, theirs and yours beside each other, and the ways of
// putting them together.
import { Button, Group, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { useApi } from '../../data/api.ts';
import { ErrorState, FormSkeleton } from '../../ui/index.ts';
import type { Difference, Differences, MovedDocument } from './api-types.ts';
import diff from './DocumentDiff.module.css';
import { Lines, PlaceName } from './DocumentDiff.tsx';
import classes from './lists.module.css';
import { linesOf, pathOf } from './logic/places.ts';
import { Mark } from './Mark.tsx';
import { METADATA, setPath } from './metadata-api.ts';
import { Notice } from './Notice.tsx';
import { Panel } from './PlanView.tsx';

/** `quiet`: nothing is shown where others have published nothing of the set's documents. */
export function MovedDocuments({ set, quiet = false }: { readonly set: string; readonly quiet?: boolean }) {
  const translate = useTranslate();
  const api = useApi();
  const { data, error, refetch } = useQuery({
    queryKey: [METADATA, 'differences', set],
    queryFn: ({ signal }) => api.get<Differences>(`${setPath(set)}/differences`, { signal }),
  });
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return quiet ? null : <FormSkeleton fields={3} />;
  const { documents, base_revision, revision } = data;
  if (documents.length === 0 && quiet) return null;
  return (
    <Panel title={translate('changes.moved.title')}>
      <Notice color="yellow" mb="sm" role="alert">
        {translate('changes.moved.text', { base: base_revision, revision })}
      </Notice>
      <div className={classes.stack}>
        {documents.map((document) => (
          <Moved key={`${document.kind} ${document.name}`} document={document} />
        ))}
      </div>
      <Rebase set={set} conflicts={documents.some(({ conflict }) => conflict)} />
    </Panel>
  );
}

function Moved({ document: { kind, name, differences } }: { readonly document: MovedDocument }) {
  const translate = useTranslate();
  // What must be decided is read first.
  const sorted = differences.toSorted((a, b) => Number(b.conflict) - Number(a.conflict));
  return (
    <section>
      <Text size="sm" fw={600} mb="xs">
        {translate(`changes.what.${kind}`, { _: kind })} {name}
      </Text>
      <div className={diff.places}>
        {sorted.map((difference) => (
          <Place key={difference.pointer} difference={difference} />
        ))}
      </div>
    </section>
  );
}

function Place({ difference: { pointer, conflict, base, theirs, yours } }: { readonly difference: Difference }) {
  const translate = useTranslate();
  const sides = [
    ['base', base, ' '],
    ['theirs', theirs, '+'],
    ['yours', yours, '+'],
  ] as const;
  return (
    <div className={diff.place}>
      <Group justify="space-between" wrap="nowrap" className={diff.head}>
        <PlaceName path={pathOf(pointer)} />
        <Mark mr="sm" color={conflict ? 'red' : 'gray'}>
          {translate(conflict ? 'changes.moved.conflict' : 'changes.moved.goes_together')}
        </Mark>
      </Group>
      <div className={classes.sides}>
        {sides.map(([side, value, sign]) => (
          <div key={side}>
            <Text size="xs" c="dimmed" mb={4}>
              {translate(`changes.moved.${side}`)}
            </Text>
            {value === undefined ? (
              <Text size="xs" c="dimmed" fs="italic">
                {translate('changes.moved.absent')}
              </Text>
            ) : (
              <Lines
                lines={linesOf(value)}
                sign={sign}
                className={undefined}
                label={translate(`changes.moved.${side}`)}
              />
            )}
          </div>
        ))}
      </div>
    </div>
  );
}

function Rebase({ set, conflicts }: { readonly set: string; readonly conflicts: boolean }) {
  const translate = useTranslate();
  const api = useApi();
  const queryClient = useQueryClient();
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const rebase = async (take: 'yours' | 'theirs' | undefined): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await api.send('POST', `${setPath(set)}/rebase`, take === undefined ? {} : { take });
      await queryClient.invalidateQueries({ queryKey: [METADATA] });
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Group mt="md" gap="xs">
        {conflicts ? (
          <>
            <Button loading={isBusy} onClick={() => void rebase('yours')}>
              {translate('changes.moved.take_yours')}
            </Button>
            <Button variant="default" loading={isBusy} onClick={() => void rebase('theirs')}>
              {translate('changes.moved.take_theirs')}
            </Button>
          </>
        ) : (
          <Button loading={isBusy} onClick={() => void rebase(undefined)}>
            {translate('changes.moved.rebase')}
          </Button>
        )}
      </Group>
      {error !== null && <ErrorState error={error} />}
    </>
  );
}
