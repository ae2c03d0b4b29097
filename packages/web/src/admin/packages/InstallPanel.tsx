// The plan of installing or upgrading a package from its file, and doing so. What an uninstalled version left comes back unless it is chosen
// to stay.
import { Button, Checkbox, Group, Text } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { useApi } from '../../data/api.ts';
import type { Published } from '../changes/api-types.ts';
import classes from '../changes/lists.module.css';
import { ONCE } from '../changes/metadata-api.ts';
import { Notice } from '../changes/Notice.tsx';
import { PublishAct } from '../changes/PublishAct.tsx';
import type { PackageArchive, PackagePlan } from './api-types.ts';

export function InstallPanel({ archive, onClose }: { readonly archive: PackageArchive; readonly onClose: () => void }) {
  const translate = useTranslate();
  const api = useApi();
  const [leave, setLeave] = useState(false);
  const [planned, setPlanned] = useState<PackagePlan | null>(null);
  const { manifest } = archive;
  const body = { ...archive, kept_data: leave ? 'leave' : 'restore' };
  const plan = async (signal: AbortSignal) => {
    const answer = await api.send<PackagePlan>('POST', 'metadata/packages/plan', body, { signal, ...ONCE });
    setPlanned(answer);
    return answer.plan;
  };
  const back = (
    <Button variant="default" onClick={onClose}>
      {translate('packages.back')}
    </Button>
  );
  return (
    <div className={classes.stack}>
      <Group justify="space-between">
        <Text size="sm" fw={600}>
          {translate(`packages.action.${planned?.action ?? 'install'}`, {
            name: manifest.name,
            from: planned?.from ?? '',
            to: manifest.version,
          })}
        </Text>
        {back}
      </Group>
      {(planned?.restored.length ?? 0) > 0 && (
        <Notice color="blue" title={translate('packages.kept.title')}>
          <Text size="sm" mb="xs">
            {planned?.restored.join(', ')}
          </Text>
        </Notice>
      )}
      {(leave || (planned?.restored.length ?? 0) > 0) && (
        <Checkbox
          label={translate('packages.kept.leave')}
          checked={leave}
          onChange={({ currentTarget }) => setLeave(currentTarget.checked)}
        />
      )}
      <PublishAct
        key={String(leave)}
        id={['package', manifest.name, manifest.version, String(leave)]}
        plan={(_, signal) => plan(signal)}
        publish={({ fingerprint, comment, allowDestructive }) =>
          api.send<Published>(
            'POST',
            'metadata/packages',
            { ...body, fingerprint, comment, allow_destructive: allowDestructive },
            ONCE,
          )
        }
        comment={translate('packages.comment.install', { name: manifest.name, version: manifest.version })}
        action={translate(planned?.action === 'upgrade' ? 'packages.upgrade' : 'packages.install_now')}
        done={planned?.plan === null ? <Notice color="gray">{translate('packages.nothing')}</Notice> : back}
      />
    </div>
  );
}
