// Chooses a user, a team or a unit: whoever can own a record, or be given rights on it.
import type { ClientEntity } from '@kartoteka/metadata';
import { useModel } from '../data/model.tsx';
import { RecordSelect } from '../fields/lookup-controls.tsx';
import { entityNamed } from './related.ts';

/** The entities of these names that the caller may know. */
export function usePrincipals(names: readonly string[]): readonly ClientEntity[] {
  const model = useModel();
  return names.flatMap((name) => entityNamed(model, name) ?? []);
}

interface PrincipalProps {
  readonly target: ClientEntity | undefined;
  readonly id: string | null;
  readonly label: string;
  readonly onChange: (id: string | null) => void;
}

export function PrincipalSelect({ target, id, label, onChange }: PrincipalProps) {
  return (
    <RecordSelect
      target={target}
      id={id}
      onChange={onChange}
      input={{ label, name: 'principal' }}
      clearable
      creates={false}
    />
  );
}
