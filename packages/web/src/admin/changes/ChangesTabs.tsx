// The tabs of everything that changes the Model: what is being prepared, what was published, what is out of sight.
import { Tabs } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { useNavigate } from 'react-router';
import classes from './lists.module.css';

const TABS = { changes: '/admin/changes', history: '/admin/history', hidden: '/admin/hidden-data' } as const;

export function ChangesTabs({ value }: { readonly value: keyof typeof TABS }) {
  const translate = useTranslate();
  const navigate = useNavigate();
  return (
    <Tabs value={value} onChange={(tab) => void navigate(TABS[(tab ?? value) as keyof typeof TABS])}>
      <Tabs.List className={classes.tabs}>
        {Object.keys(TABS).map((tab) => (
          <Tabs.Tab key={tab} value={tab}>
            {translate(`changes.tabs.${tab}`)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
    </Tabs>
  );
}
