// The import of a CSV file into an entity: the file and how it is read, what its columns become, how rows meet records, a trial, the run
// with its progress, and the rows that were not stored.
import { Stepper } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { useParams } from 'react-router';
import { useEntity, useText } from '../data/model.tsx';
import { EmptyState, Page } from '../ui/index.ts';
import { FileStep } from './FileStep.tsx';
import { MappingStep } from './MappingStep.tsx';
import { RunStep } from './RunStep.tsx';
import { useImport } from './use-import.ts';

export function ImportPage() {
  const { set = '' } = useParams();
  const entity = useEntity(set);
  const text = useText();
  const translate = useTranslate();
  const { create, write } = entity.privileges;
  return (
    <Page
      title={translate('import.title_of', { entity: text(entity.plural_label) })}
      subtitle={translate('import.subtitle')}
    >
      {create || write ? (
        <Wizard key={set} set={set} />
      ) : (
        <EmptyState title={translate('import.denied')} text={translate('import.denied_text')} />
      )}
    </Page>
  );
}

function Wizard({ set }: { readonly set: string }) {
  const entity = useEntity(set);
  const translate = useTranslate();
  const state = useImport(entity);
  const [step, setStep] = useState(0);
  const last = state.opened === null ? 0 : state.problems.length > 0 ? 1 : 2;
  return (
    <Stepper active={step} onStepClick={setStep} size="sm" wrap={false}>
      <Stepper.Step label={translate('import.steps.file')}>
        <FileStep state={state} onNext={() => setStep(1)} />
      </Stepper.Step>
      <Stepper.Step label={translate('import.steps.mapping')} disabled={last < 1}>
        <MappingStep state={state} entity={entity} onNext={() => setStep(2)} />
      </Stepper.Step>
      <Stepper.Step label={translate('import.steps.run')} disabled={last < 2}>
        <RunStep state={state} set={set} />
      </Stepper.Step>
    </Stepper>
  );
}

export type ImportState = ReturnType<typeof useImport>;
