// The chosen change set on every page of the editor: its name, how much is in it, whether it is right, and the way to plan and publish it.
import { Box, Button, Group, Tooltip } from '@mantine/core';
import { IconGitPullRequestDraft } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { Link } from 'react-router';
import { useDraft } from '../data/draft.tsx';
import { Mark } from './Mark.tsx';

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
            name === null ? null : <Mark tone="own">{t('model.draft.documents', { smart_count: count })}</Mark>
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
          events={{ hover: true, focus: true, touch: true }}
          label={
            error instanceof Error
              ? error.message
              : findings
                  .map(({ reason }) => reason)
                  .slice(0, 5)
                  .join(' · ')
          }
        >
          <Box tabIndex={0}>
            <Mark tone="removed">
              {findings.length === 0
                ? t('model.draft.problem')
                : t('model.draft.findings', { smart_count: findings.length })}
            </Mark>
          </Box>
        </Tooltip>
      )}
      {name === null || count === 0 ? null : (
        <Button component={Link} to={`/admin/changes/${encodeURIComponent(name)}`}>
          {t('model.draft.publish')}
        </Button>
      )}
    </Group>
  );
}
