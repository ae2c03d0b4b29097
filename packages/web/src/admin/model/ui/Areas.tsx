// The pages about the whole model: entities, shared choices, rules and settings, the diagram.
import { Tabs } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { useNavigate } from 'react-router';

const AREAS = {
  entities: '/admin/model',
  choices: '/admin/model/-/choices',
  documents: '/admin/model/-/documents',
  diagram: '/admin/model/-/diagram',
} as const;

export function Areas({ area }: { readonly area: keyof typeof AREAS }) {
  const t = useTranslate();
  const navigate = useNavigate();
  return (
    <Tabs value={area} onChange={(next) => next !== null && navigate(AREAS[next as keyof typeof AREAS])}>
      <Tabs.List>
        {Object.keys(AREAS).map((each) => (
          <Tabs.Tab key={each} value={each}>
            {t(`model.area.${each}`)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
    </Tabs>
  );
}
