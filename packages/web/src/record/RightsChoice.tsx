// Which rights a share gives: reading always, without which the others would be of no use.
import type { ClientEntity } from '@kartoteka/metadata';
import { Checkbox, SimpleGrid } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { SHARED_RIGHTS } from './access-data.ts';

interface RightsProps {
  readonly entity: ClientEntity;
  readonly rights: readonly string[];
  readonly onChange: (rights: readonly string[]) => void;
}

export function RightsChoice({ entity, rights, onChange }: RightsProps) {
  const translate = useTranslate();
  // Nobody gives what he does not hold; what a share has already may stay.
  const offered = SHARED_RIGHTS.filter((right) => entity.privileges[right] || rights.includes(right));
  return (
    <Checkbox.Group
      label={translate('record.sharing.rights')}
      value={[...rights]}
      onChange={(next) => onChange(SHARED_RIGHTS.filter((right) => right === 'read' || next.includes(right)))}
    >
      <SimpleGrid cols={2} spacing="xs" verticalSpacing={6} mt={6}>
        {offered.map((right) => (
          <Checkbox
            key={right}
            value={right}
            disabled={right === 'read'}
            label={translate(`record.privilege.${right}`)}
          />
        ))}
      </SimpleGrid>
    </Checkbox.Group>
  );
}
