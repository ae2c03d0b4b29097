// One record: facts in the header, its form at the left, related lists and history at the right or below. What is typed is saved by
// whoever says so, guarded against a click elsewhere, and put beside what others have saved meanwhile.
import type { ClientEntity } from '@kartoteka/metadata';
import { useTranslate } from 'ra-core';
import { useMemo } from 'react';
import { useParams } from 'react-router';
import { useEntity, useModel, useText } from '../data/model.tsx';
import type { RecordValues } from '../fields/types.ts';
import { ErrorState, FormSkeleton, Page } from '../ui/index.ts';
import { draftStore } from './kept-drafts.ts';
import { layoutFor, layoutOf, writableOf } from './layout.ts';
import { RecordBody } from './RecordBody.tsx';
import { useRecord } from './record-data.ts';

export function RecordPage() {
  const { set = '', id = '' } = useParams();
  const entity = useEntity(set);
  // A record of its own has a form of its own.
  return <OneRecord key={`${set} ${id}`} entity={entity} id={id} />;
}

function OneRecord({ entity, id }: { readonly entity: ClientEntity; readonly id: string }) {
  const translate = useTranslate();
  const text = useText();
  const { data, error, refetch } = useRecord(entity, id);
  if (data !== undefined) return <LoadedRecord entity={entity} id={id} record={data} />;
  const title = text(entity.label);
  if (error !== null) {
    return (
      <Page title={title}>
        <ErrorState error={error} onRetry={() => void refetch()} />
      </Page>
    );
  }
  return (
    <Page title={title} subtitle={translate('record.loading')}>
      <FormSkeleton fields={layoutOf(entity).sections.reduce((sum, { fields }) => sum + fields.length, 0)} />
    </Page>
  );
}

interface LoadedProps {
  readonly entity: ClientEntity;
  readonly id: string;
  readonly record: RecordValues;
}

function LoadedRecord({ entity, id, record }: LoadedProps) {
  const { user } = useModel();
  const layout = useMemo(() => layoutFor(entity, 'update'), [entity]);
  const writable = useMemo(() => writableOf(layout.sections.flatMap(({ fields }) => fields)), [layout]);
  const store = useMemo(() => draftStore(sessionStorage, user.id, entity.set, id), [user.id, entity.set, id]);
  return <RecordBody {...{ entity, id, record, layout, writable, store }} />;
}
