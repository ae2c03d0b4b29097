// One package: what it is, what it needs and what needs it; its file; and the plan of taking it away, with its data kept or dropped for good.
import { Button, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNotify, useTranslate } from 'ra-core';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { useApi } from '../../data/api.ts';
import { useText } from '../../data/model.tsx';
import { EmptyState, ErrorState, FormSkeleton, Page, useFormat } from '../../ui/index.ts';
import type { Published } from '../changes/api-types.ts';
import classes from '../changes/lists.module.css';
import { Mark } from '../changes/Mark.tsx';
import { METADATA, ONCE, readList } from '../changes/metadata-api.ts';
import { Panel } from '../changes/PlanView.tsx';
import { PublishAct } from '../changes/PublishAct.tsx';
import type { KnownPackage, PackagePlan } from './api-types.ts';

const MOST_PACKAGES = 500;

export function PackagePage() {
  const { name = '' } = useParams();
  const translate = useTranslate();
  const text = useText();
  const api = useApi();
  const [isRemoving, setRemoving] = useState(false);
  const { data, error, refetch } = useQuery({
    queryKey: [METADATA, 'packages'],
    queryFn: ({ signal }) => readList<KnownPackage>(api, 'metadata/packages', MOST_PACKAGES, signal),
  });
  const known = data?.find((each) => each.name === name);
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
  const title = known === undefined || text(known.label) === '' ? name : text(known.label);
  return (
    <Page
      title={title}
      subtitle={known === undefined ? undefined : text(known.description)}
      wide={isRemoving}
      actions={
        known?.installed === true && !isRemoving ? (
          <Actions known={known} onRemove={() => setRemoving(true)} />
        ) : undefined
      }
    >
      {data === undefined && <FormSkeleton />}
      {data !== undefined && known === undefined && !isRemoving && (
        <EmptyState title={translate('packages.unknown', { name })} />
      )}
      {known !== undefined && !isRemoving && <Facts known={known} />}
      {/* Also while it goes: a package that leaves nothing is no longer in the list. */}
      {isRemoving && <Uninstall name={name} onClose={() => setRemoving(false)} />}
    </Page>
  );
}

function Actions({
  known: { name, version },
  onRemove,
}: {
  readonly known: KnownPackage;
  readonly onRemove: () => void;
}) {
  const translate = useTranslate();
  const api = useApi();
  const notify = useNotify();
  const save = async (): Promise<void> => {
    try {
      const archive = await api.get(`metadata/packages/${encodeURIComponent(name)}`);
      const url = URL.createObjectURL(
        new Blob([`${JSON.stringify(archive, null, 2)}\n`], { type: 'application/json' }),
      );
      const link = document.createElement('a');
      link.href = url;
      link.download = `${name}-${version}.json`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 0);
    } catch (error) {
      notify(String((error as Error).message), { type: 'error' });
    }
  };
  return (
    <>
      <Button variant="default" onClick={() => void save()}>
        {translate('packages.export')}
      </Button>
      <Button variant="default" color="red" onClick={onRemove}>
        {translate('packages.uninstall')}
      </Button>
    </>
  );
}

function Facts({ known }: { readonly known: KnownPackage }) {
  const translate = useTranslate();
  const { dateTime, number } = useFormat();
  const needs = Object.entries(known.dependencies ?? {}).map(([name, range]) => `${name} ${range}`);
  const facts: readonly (readonly [string, string])[] = [
    ['name', known.name],
    ['version', known.version],
    ['publisher', known.publisher],
    ['prefix', known.prefix],
    ['documents', number(known.documents)],
    ['installed_on', dateTime(known.installed_on)],
    ['needs', needs.join(', ') || '–'],
    ['needed_by', known.dependents.join(', ') || '–'],
  ];
  return (
    <div className={classes.stack}>
      <Panel title={translate('packages.facts')}>
        <Mark color={known.installed ? 'green' : 'gray'} mb="xs">
          {translate(known.installed ? 'packages.installed' : 'packages.uninstalled')}
        </Mark>
        <ul className={classes.list}>
          {facts.map(([fact, value]) => (
            <li key={fact} className={classes.item}>
              <Text size="sm" c="dimmed" w={140}>
                {translate(`packages.fact.${fact}`)}
              </Text>
              <Text size="sm" className={classes.words}>
                {value}
              </Text>
            </li>
          ))}
        </ul>
      </Panel>
      {known.kept.length > 0 && (
        <Panel title={translate('packages.kept.left')}>
          <Text size="sm" mb="sm">
            {known.kept.join(', ')}
          </Text>
          <Button component={Link} to="/admin/hidden-data" variant="default" size="xs">
            {translate('packages.kept.purge')}
          </Button>
        </Panel>
      )}
    </div>
  );
}

function Uninstall({ name, onClose }: { readonly name: string; readonly onClose: () => void }) {
  const translate = useTranslate();
  const api = useApi();
  const path = `metadata/packages/${encodeURIComponent(name)}/uninstall`;
  return (
    <div className={classes.stack}>
      <Group justify="space-between">
        <Text size="sm">{translate('packages.uninstall_text')}</Text>
        <Button variant="default" onClick={onClose}>
          {translate('packages.back')}
        </Button>
      </Group>
      <PublishAct
        id={['uninstall', name]}
        plan={async (_, signal) =>
          (await api.send<PackagePlan>('POST', `${path}/plan`, { data: 'keep' }, { signal, ...ONCE })).plan
        }
        publish={({ fingerprint, comment }) =>
          api.send<Published>('POST', path, { data: 'keep', fingerprint, comment }, ONCE)
        }
        comment={translate('packages.comment.uninstall', { name })}
        action={translate('packages.uninstall')}
        done={
          <Group>
            <Button component={Link} to="/admin/packages" variant="default">
              {translate('packages.title')}
            </Button>
            <Button component={Link} to="/admin/hidden-data" variant="default">
              {translate('packages.kept.purge')}
            </Button>
          </Group>
        }
      />
    </div>
  );
}
