// Brings a removed field or entity back: its document is found in the history, put into a change set, and its plan is gone to, so that it
// is read before anything happens.

import { CrmError } from '@kartoteka/sdk';
import { Button } from '@mantine/core';
import { useNotify, useTranslate } from 'ra-core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { type Api, useApi } from '../../data/api.ts';
import type { HiddenItem, Revision, RevisionDetail } from './api-types.ts';
import { candidates, type Proposed, proposalFrom } from './logic/restoring.ts';
import { readList } from './metadata-api.ts';

/** Publishes that are looked through, those nearest to when it was hidden first. */
const MOST_REVISIONS = 1_000;
const MOST_READ = 30;

async function findProposal(api: Api, item: HiddenItem): Promise<Proposed | null> {
  const revisions = await readList<Revision>(api, 'metadata/revisions', MOST_REVISIONS);
  for (const { number } of candidates(revisions, item).slice(0, MOST_READ)) {
    const { documents } = await api.get<RevisionDetail>(`metadata/revisions/${number}`);
    const proposal = proposalFrom(documents, item);
    if (proposal !== null) return proposal;
  }
  return null;
}

export function RestoreButton({ item }: { readonly item: HiddenItem }) {
  const translate = useTranslate();
  const api = useApi();
  const notify = useNotify();
  const navigate = useNavigate();
  const [isBusy, setBusy] = useState(false);
  const restore = async (): Promise<void> => {
    setBusy(true);
    try {
      const proposal = await findProposal(api, item);
      if (proposal === null) return notify('changes.hidden.not_found', { type: 'warning', autoHideDuration: 10_000 });
      const what = item.property ?? item.entity;
      const name = `restore-${what}-${Date.now().toString(36)}`
        .toLowerCase()
        .replaceAll(/[^a-z0-9_-]/g, '-')
        .slice(0, 63);
      const comment = translate('changes.hidden.restore_comment', {
        what: `${item.entity}${item.property === null ? '' : `.${what}`}`,
      });
      await api.send('POST', 'metadata/change_sets', { name, comment, documents: [proposal] });
      void navigate(`/admin/changes/${name}/plan?restore=true`);
    } catch (error) {
      notify(error instanceof CrmError ? error.message : String(error), { type: 'error' });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button variant="default" size="compact-sm" loading={isBusy} onClick={() => void restore()}>
      {translate('changes.hidden.restore')}
    </Button>
  );
}
