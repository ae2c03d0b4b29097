// The few facts of a record that stand above its form.
import type { ClientEntity, ClientField } from '@kartoteka/metadata';
import { useText } from '../data/model.tsx';
import { FieldValue } from '../fields/FieldValue.tsx';
import type { RecordValues } from '../fields/types.ts';
import classes from './record.module.css';

interface FactsProps {
  readonly entity: ClientEntity;
  readonly record: RecordValues;
  readonly facts: readonly ClientField[];
}

export function KeyFacts({ entity, record, facts }: FactsProps) {
  const text = useText();
  if (facts.length === 0) return null;
  return (
    <dl className={classes.facts}>
      {facts.map((field) => (
        <div key={field.name} className={classes.fact}>
          <dt>{text(field.label) || field.name}</dt>
          <dd>
            <FieldValue {...{ entity, field, record }} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
