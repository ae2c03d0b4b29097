// Rules of an entity: records for which a condition holds are refused, with a message in every language.
import { Button, Group, Paper, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { useEditedModel } from '../data/documents.ts';
import { useDraft } from '../data/draft.tsx';
import { useUnsaved } from '../data/unsaved.tsx';
import type { TabProps } from '../EntityPage.tsx';
import { changesBetween } from '../logic/edit.ts';
import { expressionProblems } from '../logic/expression.ts';
import { originOf } from '../logic/layered.ts';
import { nameFor, nameProblem } from '../logic/new-name.ts';
import { isObject, same } from '../logic/paths.ts';
import { ExpressionInput } from '../ui/ExpressionInput.tsx';
import { OriginBadges } from '../ui/Origin.tsx';
import { RemovePart } from '../ui/RemovePart.tsx';
import { type Texts, TextsInput } from '../ui/Texts.tsx';

interface Rule {
  readonly invalid_when: string;
  readonly error: Texts;
}

export function RulesTab({ document, body }: TabProps) {
  const t = useTranslate();
  const [adding, setAdding] = useState(false);
  const rules = (isObject(body.rules) ? body.rules : {}) as Readonly<Record<string, Rule>>;
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {t('model.rule.help')}
        </Text>
        <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)} disabled={adding}>
          {t('model.rule.new')}
        </Button>
      </Group>
      {adding ? (
        <RuleForm
          document={document}
          taken={Object.keys(rules)}
          name={null}
          rule={undefined}
          onDone={() => setAdding(false)}
        />
      ) : null}
      {Object.entries(rules).map(([name, rule]) => (
        <RuleForm key={name} document={document} taken={[]} name={name} rule={rule} />
      ))}
    </Stack>
  );
}

function RuleForm(props: {
  readonly document: TabProps['document'];
  readonly taken: readonly string[];
  readonly name: string | null;
  readonly rule: Rule | undefined;
  readonly onDone?: () => void;
}) {
  const t = useTranslate();
  const { edit, findings } = useDraft();
  const { entities } = useEditedModel();
  const { document, rule } = props;
  const [condition, setCondition] = useState(rule?.invalid_when ?? '');
  const [error, setError] = useState<Texts | undefined>(rule?.error);
  const [own, setOwn] = useState<string | null>(null);
  const [removing, setRemoving] = useState(false);
  const name = props.name ?? own ?? nameFor(error?.en ?? Object.values(error ?? {})[0] ?? '', props.taken).slice(0, 40);
  const problem = props.name === null ? nameProblem(name, props.taken) : undefined;
  const rules = { entity: document.name, place: 'record', expects: 'boolean', secret: 'refused' } as const;
  const wrong =
    expressionProblems(condition, entities, rules).length > 0 ||
    condition.trim() === '' ||
    error === undefined ||
    problem !== undefined;
  const origin = props.name === null ? undefined : originOf(document, ['rules', name]);
  const found = findings.find((each) => each.name === document.name && each.pointer.startsWith(`/rules/${name}`));
  const untouched = (rule?.invalid_when ?? '') === condition && same(rule?.error, error);
  useUnsaved(!untouched);
  const save = async (): Promise<void> => {
    const changes = changesBetween(['rules', name], rule, { invalid_when: condition, error });
    if (await edit(document, changes)) props.onDone?.();
  };
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        {props.name === null ? (
          <TextInput
            label={t('model.field.name')}
            value={name}
            error={own !== null && problem !== undefined ? t(`model.name.${problem}`) : undefined}
            onChange={(event) => setOwn(event.currentTarget.value)}
          />
        ) : (
          <Group gap="xs">
            <Text size="sm" ff="monospace">
              {name}
            </Text>
            {origin === undefined ? null : (
              <OriginBadges
                origin={origin}
                onReset={() => void edit(document, [{ way: ['rules', name], value: undefined }])}
              />
            )}
          </Group>
        )}
        <ExpressionInput
          label={t('model.rule.condition')}
          description={t('model.rule.condition_help')}
          placeholder="stage eq 'won' and close_date eq null"
          value={condition}
          onChange={setCondition}
          entities={entities}
          rules={rules}
          error={found?.reason}
        />
        <TextsInput label={t('model.rule.error')} value={error} onChange={setError} />
        <Group justify="flex-end">
          {origin?.layer === 'custom' ? (
            <Button variant="subtle" color="red" onClick={() => setRemoving(true)}>
              {t('model.remove')}
            </Button>
          ) : null}
          {props.onDone === undefined ? null : (
            <Button variant="default" onClick={props.onDone}>
              {t('model.cancel')}
            </Button>
          )}
          <Button disabled={wrong || untouched} onClick={() => void save()}>
            {t('model.draft.put')}
          </Button>
        </Group>
      </Stack>
      <RemovePart document={document} way={removing ? ['rules', name] : null} onClose={() => setRemoving(false)} />
    </Paper>
  );
}
