// A field, new or present: its type, its texts, and the options that the type has, each with a sentence of help; beside them how it will look to
// who fills it in, and below everything that is wrong with it. It goes into the draft with one edit.

import { entityDocumentSchema, FIELD_TYPES, type FieldDocument } from '@kartoteka/metadata';
import { Alert, Button, Drawer, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { type FormEvent, useMemo, useState } from 'react';
import { useModel, useText } from '../../../data/model.tsx';
import { useEditedModel } from '../data/documents.ts';
import { useDraft } from '../data/draft.tsx';
import type { Finding } from '../data/metadata-api.ts';
import { useLeave, useUnsaved } from '../data/unsaved.tsx';
import { changesBetween } from '../logic/edit.ts';
import { belowOf, type LayeredDocument, originOf } from '../logic/layered.ts';
import { commonOptionSchemas, optionsOf } from '../logic/options.ts';
import { isObject, type Json, same, valueAt } from '../logic/paths.ts';
import { optionProblems } from '../logic/schema-check.ts';
import { attempt, contextOf, type EditedModel } from '../logic/scope.ts';
import { patched } from '../logic/values.ts';
import { DIALOG_PARTS } from './dialog-parts.ts';
import classes from './FieldDrawer.module.css';
import { FieldPreview } from './FieldPreview.tsx';
import { NameInput, useNewName } from './NameInput.tsx';
import { OptionGroups } from './OptionGroups.tsx';
import { LayerBadge } from './Origin.tsx';
import { type Texts, TextsInput } from './Texts.tsx';
import { TypePicker } from './TypePicker.tsx';

const COMMON = commonOptionSchemas(entityDocumentSchema());

export interface EditedField {
  /** Null: it is new. */
  readonly name: string | null;
  readonly field: FieldDocument | null;
  /** Types that are offered for a new one; absent: all. */
  readonly types?: readonly string[];
}

export function FieldDrawer(props: {
  readonly entity: LayeredDocument;
  /** Names that the entity's fields have. */
  readonly taken: readonly string[];
  readonly edited: EditedField | null;
  readonly onClose: () => void;
}) {
  const t = useTranslate();
  const { edited } = props;
  const leave = useLeave();
  const title = edited?.name ? t('model.field.edit', { name: edited.name }) : t('model.field.new');
  return (
    <Drawer
      closeButtonProps={{ 'aria-label': t('app.close') }}
      attributes={DIALOG_PARTS}
      closeOnClickOutside={false}
      closeOnEscape={false}
      opened={edited !== null}
      onClose={() => leave(props.onClose)}
      position="right"
      size="xl"
      title={title}
    >
      {edited === null ? null : <FieldForm {...props} edited={edited} />}
    </Drawer>
  );
}

interface Problems {
  readonly byOption: ReadonlyMap<string, string>;
  readonly general: readonly string[];
}

/** What is wrong by the schemas, by the field type's own judgement, and (of what is in the draft already) by the service. */
function problemsOf(
  t: (key: string, options?: object) => string,
  model: EditedModel,
  name: string,
  field: FieldDocument | null,
  findings: readonly Finding[],
  below: unknown,
): Problems {
  const byOption = new Map<string, string>();
  const general: string[] = [];
  if (field === null) return { byOption, general };
  const tell = (option: string, text: string): void => {
    const [first = ''] = option.split('/');
    if (first === '') general.push(text);
    else if (!byOption.has(first)) byOption.set(first, text);
  };
  const type = FIELD_TYPES.get(field.type);
  for (const option of Object.keys(isObject(below) ? below : {}))
    if (field[option] === undefined) tell(option, t('model.invalid.from_below'));
  for (const { option, code, limit } of optionProblems([...optionsOf(field.type, COMMON).values()].flat(), field))
    tell(option, t(`model.invalid.${code}`, { limit }));
  const verified = attempt(() => type?.verify?.(field, contextOf(model, name))) ?? [];
  for (const { pointer, reason, hint } of verified)
    tell(pointer.slice(1), hint === undefined ? reason : `${reason}. ${hint}`);
  for (const { pointer, reason, hint } of findings) {
    const [, , , option = ''] = pointer.split('/');
    tell(option, hint === undefined ? reason : `${reason}. ${hint}`);
  }
  return { byOption, general };
}

function FieldForm({
  entity,
  taken,
  edited,
  onClose,
}: Parameters<typeof FieldDrawer>[0] & { readonly edited: EditedField }) {
  const t = useTranslate();
  const say = useText();
  const client = useModel();
  const { edit, findings } = useDraft();
  const { model, entities } = useEditedModel();
  const isNew = edited.name === null;
  const [field, setField] = useState<FieldDocument | null>(edited.field);
  const [busy, setBusy] = useState(false);
  const [tried, setTried] = useState(!isNew);
  const english = field?.label === undefined ? '' : (Object.values(field.label)[0] ?? '');
  const newName = useNewName(english, taken);
  const name = edited.name ?? newName.name;
  const nameWrong = isNew ? newName.problem : undefined;
  const ofField = findings.filter(
    (each) =>
      each.kind === 'entity' && each.name === entity.name && `${each.pointer}/`.startsWith(`/fields/${edited.name}/`),
  );
  const untouched = same(field, edited.field);
  useUnsaved(!untouched);
  const below = edited.name === null ? undefined : valueAt(belowOf(entity), ['fields', edited.name]);
  const problems = problemsOf(t, model, name, field, untouched ? ofField : [], below);
  const groups = useMemo(() => (field === null ? null : optionsOf(field.type, COMMON)), [field]);
  const wrong = problems.byOption.size > 0 || problems.general.length > 0 || nameWrong !== undefined;
  const set = (option: string, given: unknown): void => {
    if (field === null) return;
    const known = [...(groups?.values() ?? [])].flat().find((each) => each.name === option);
    // What a lower layer says cannot be left out above it: what holds without it is said instead.
    const value = given === undefined && valueAt(below, [option]) !== undefined ? known?.preset : given;
    setField(patched({ ...field, [option]: undefined }, [{ way: [option], value }]) as FieldDocument);
  };
  if (field === null || groups === null)
    return <TypePicker types={edited.types} onPick={(type) => setField({ type })} />;

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTried(true);
    if (wrong) return;
    setBusy(true);
    const done = await edit(entity, changesBetween(['fields', name], isNew ? undefined : edited.field, field));
    setBusy(false);
    if (done) onClose();
  };
  const shown: ReadonlyMap<string, string> = tried ? problems.byOption : new Map();
  return (
    <form onSubmit={submit} noValidate>
      <div className={classes.columns}>
        <Stack gap="md">
          <Group gap="xs">
            <Text fw={600}>{t(`model.type.${field.type}.label`, { _: field.type })}</Text>
            {isNew ? (
              <Button variant="subtle" size="compact-xs" onClick={() => setField(null)}>
                {t('model.field.other_type')}
              </Button>
            ) : (
              <LayerBadge layer={originOf(entity, ['fields', name]).layer} />
            )}
          </Group>
          <Text size="sm" c="dimmed">
            {t(`model.type.${field.type}.help`, { _: '' })}
          </Text>
          <TextsInput
            label={t('model.label')}
            value={field.label as Texts | undefined}
            onChange={(label) => set('label', label)}
            autoFocus
          />
          {isNew ? (
            <NameInput
              label={t('model.field.name')}
              description={t('model.field.name_help')}
              value={newName}
              isTold={tried}
            />
          ) : null}
          <TextsInput
            label={t('model.description')}
            description={t('model.field.description_help')}
            value={field.description as Texts | undefined}
            onChange={(description) => set('description', description)}
          />
          <OptionGroups
            groups={groups}
            errors={shown}
            around={{
              ...{ entity: entity.name, model, entities, field: field as Json },
              labelOf: (other) => say(client.entities[other]?.label) || other,
            }}
            onChange={set}
            {...(isNew ? {} : { originOf: (option: string) => originOf(entity, ['fields', name, option]) })}
          />
        </Stack>
        <FieldPreview entity={entity.name} name={name || 'x_new'} field={field} model={model} />
      </div>
      {tried && problems.general.length > 0 ? (
        <Alert color="red" icon={<IconAlertTriangle size={16} />} mt="md">
          {problems.general.map((text) => (
            <div key={text}>{text}</div>
          ))}
        </Alert>
      ) : null}
      <Group justify="flex-end" mt="md" className={classes.actions ?? ''}>
        {tried && wrong ? (
          <Text size="sm" c="var(--mantine-color-error)" role="status">
            {t('model.field.wrong', {
              smart_count: problems.byOption.size + problems.general.length + (nameWrong ? 1 : 0),
            })}
          </Text>
        ) : null}
        <Button variant="default" onClick={onClose}>
          {t('model.cancel')}
        </Button>
        <Button type="submit" loading={busy} disabled={!isNew && untouched}>
          {t('model.draft.put')}
        </Button>
      </Group>
    </form>
  );
}
