// A shared choice: its values in the draft, as every layer says them.
import { Stack } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { EmptyState, ErrorState, FormSkeleton } from '../../../ui/index.ts';
import { useLayered } from '../data/documents.ts';
import { useDraft } from '../data/draft.tsx';
import { effectiveOf, originOf } from '../logic/layered.ts';
import { type ChoiceValue, ChoiceValues } from './ChoiceValues.tsx';
import { Findings } from './Findings.tsx';

export function ChoiceEditor({ name }: { readonly name: string }) {
  const t = useTranslate();
  const { edit } = useDraft();
  const { ready, error, documents } = useLayered([{ kind: 'choice', name }]);
  const document = documents[0];
  if (error) return <ErrorState error={error} />;
  if (!ready || document === undefined) return <FormSkeleton />;
  const body = effectiveOf(document);
  if (body === null) return <EmptyState title={t('model.choice.missing')} />;
  return (
    <Stack gap="sm">
      <Findings document={document} />
      <ChoiceValues
        values={(body.values ?? {}) as Readonly<Record<string, ChoiceValue>>}
        // In a choice of the custom layer values need no prefix; beside those of a lower one they do.
        prefixed={document.lower.length > 0}
        originOf={(value) => originOf(document, ['values', value])}
        onChange={(changes) =>
          void edit(
            document,
            changes.map(({ way, value }) => ({ way: ['values', ...way], value })),
          )
        }
      />
    </Stack>
  );
}
