// The chosen change set on every page of the editor: its name, how much is in it, whether it is right, and the way to plan and publish it.
import { Badge, Button, Group, Tooltip } from '@mantine/core';
import { IconAlertTriangle, IconGitPullRequestDraft } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { Link } from 'react-router';
import { useDraft } from '../data/draft.tsx';

export function DraftBar() {
  const t = useTranslate();
  const { name, detail, findings, error, ask } = useDraft();
  const count = detail?.documents.length ?? 0;
  return (
    <Group gap="xs" wrap="nowrap">
      <Tooltip label={t('model.draft.explained')} multiline w={280}>
        <Button
          variant="default"
          leftSection={<IconGitPullRequestDraft size={16} />}
          rightSection={
            name === null ? null : (
              <Badge tt="none" size="sm" variant="light">
                {t('model.draft.documents', { smart_count: count })}
              </Badge>
            )
          }
          onClick={ask}
        >
          {name === null ? t('model.draft.none') : t('model.draft.chosen', { name })}
        </Button>
      </Tooltip>
      {findings.length === 0 && !error ? null : (
        <Tooltip
          multiline
          w={360}
          label={
            error instanceof Error
              ? error.message
              : findings
                  .map(({ reason }) => reason)
                  .slice(0, 5)
                  .join(' · ')
          }
        >
          <Badge tt="none" color="red" variant="light" leftSection={<IconAlertTriangle size={12} />} tabIndex={0}>
            {findings.length === 0
              ? t('model.draft.problem')
              : t('model.draft.findings', { smart_count: findings.length })}
          </Badge>
        </Tooltip>
      )}
      {name === null ? null : (
        <Button component={Link} to={`/admin/changes/${encodeURIComponent(name)}`} disabled={count === 0}>
          {t('model.draft.publish')}
        </Button>
      )}
    </Group>
  );
}
