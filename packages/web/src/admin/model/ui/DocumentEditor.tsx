// One document of a kind that has no pages of its own, new or present: its texts, and what its schema has, each by its editor. It goes into the
// draft with one edit; what is wrong with it is told at its place, by the schema at once and by the service once it is in the draft.
import { Button, Group, Stack, Text } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { useEffect, useState } from 'react';
import { useNavigate } from 'react-router';
import { useModel, useText } from '../../../data/model.tsx';
import { useEditedModel, useNamesOf } from '../data/documents.ts';
import { useDraft } from '../data/draft.tsx';
import { useUnsaved } from '../data/unsaved.tsx';
import type { DocumentForm } from '../logic/document-kinds.ts';
import { changesBetween } from '../logic/edit.ts';
import { belowOf, effectiveOf, type LayeredDocument, originOf } from '../logic/layered.ts';
import type { OptionField } from '../logic/options.ts';
import { type Json, same, valueAt } from '../logic/paths.ts';
import { optionProblems } from '../logic/schema-check.ts';
import { patched } from '../logic/values.ts';
import { Findings } from './Findings.tsx';
import { NameInput, useNewName } from './NameInput.tsx';
import { OptionInput } from './OptionInput.tsx';
import { OriginBadges } from './Origin.tsx';
import { RemoveDocument } from './RemoveDocument.tsx';
import { type Texts, TextsInput } from './Texts.tsx';

const TEXTS = ['label', 'description'] as const;
const MARKS = new Set(['$schema', 'name', 'extends']);
const NEW: Json = {};

const contentOf = (document: LayeredDocument | null): Json =>
  Object.fromEntries(
    Object.entries((document === null ? null : effectiveOf(document)) ?? NEW).filter(([name]) => !MARKS.has(name)),
  );
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

export interface DocumentEditorProps {
  readonly form: DocumentForm;
  /** Null: it is new. */
  readonly document: LayeredDocument | null;
  /** Address of the list. */
  readonly path: string;
}

/** What is typed over a document, and what is wrong with it. */
function useTyped({ form, document }: DocumentEditorProps) {
  const t = useTranslate();
  const before = contentOf(document);
  const [typed, setTyped] = useState<Json | null>(null);
  const shown = typed ?? before;
  const below = document === null ? null : belowOf(document);
  const errors = new Map<string, string>();
  for (const { option, code, limit } of optionProblems(form.options, shown)) {
    const [first = ''] = option.split('/');
    const inner = option === first ? '' : `${option.slice(first.length + 1)}: `;
    if (!errors.has(first)) errors.set(first, `${inner}${t(`model.invalid.${code}`, { limit })}`);
  }
  for (const name of Object.keys(below ?? {}))
    if (!MARKS.has(name) && shown[name] === undefined) errors.set(name, t('model.invalid.from_below'));
  const set = (option: OptionField | null, name: string, value: unknown): void => {
    // What a lower layer says cannot be left out above it: what holds without it is said instead.
    const next = value === undefined && valueAt(below, [name]) !== undefined ? option?.preset : value;
    setTyped(patched({ ...shown, [name]: undefined }, [{ way: [name], value: next }]));
  };
  return { before, shown, errors, set, reset: () => setTyped(null), isTouched: typed !== null && !same(typed, before) };
}

export function DocumentEditor(props: DocumentEditorProps) {
  const { form, document, path } = props;
  const t = useTranslate();
  const navigate = useNavigate();
  const { edit } = useDraft();
  const { before, shown, errors, set, reset, isTouched } = useTyped(props);
  const [tried, setTried] = useState(document !== null);
  const [added, setAdded] = useState<string | null>(null);
  const label = shown.label as Texts | undefined;
  const taken = useNamesOf(form.kind).map(({ name }) => name);
  const newName = useNewName(label?.en ?? Object.values(label ?? {})[0] ?? '', taken);
  const isNew = document === null;
  const isUnlabelled = form.isLabelled && label === undefined;
  const wrong = errors.size > 0 || isUnlabelled || (isNew && newName.problem !== undefined);
  useUnsaved(isTouched && added === null);
  useEffect(() => {
    // Once nothing is unsaved any more, so that nobody is asked.
    if (added !== null) navigate(`${path}/${form.kind}/${added}`);
  }, [added, navigate, path, form.kind]);
  const save = async (): Promise<void> => {
    setTried(true);
    if (wrong) return;
    const target = document ?? { kind: form.kind, name: newName.name, lower: [], published: null, draft: undefined };
    if (!(await edit(target, changesBetween([], before, shown)))) return;
    if (isNew) setAdded(newName.name);
    else reset();
  };
  return (
    <Stack gap="md" maw={820}>
      {document === null ? null : <Findings document={document} />}
      {form.isLabelled
        ? TEXTS.map((name) => (
            <TextsInput
              key={name}
              label={t(`model.${name}`)}
              value={shown[name] as Texts | undefined}
              onChange={(value) => set(null, name, value)}
              required={name === 'label'}
              error={tried && name === 'label' && isUnlabelled ? t('model.invalid.required') : undefined}
            />
          ))
        : null}
      {isNew ? (
        <NameInput
          label={t('model.field.name')}
          description={t('model.field.name_help')}
          value={newName}
          isTold={tried}
        />
      ) : null}
      <Options {...props} shown={shown} errors={tried ? errors : new Map()} onChange={set} />
      <Group justify="space-between">
        {document === null || document.lower.length > 0 ? (
          <span />
        ) : (
          <RemoveDocument document={document} onRemoved={() => navigate(path)} />
        )}
        <Group gap="sm">
          {tried && wrong ? (
            <Text size="sm" c="var(--mantine-color-error)" role="status">
              {t('model.field.wrong', { smart_count: errors.size + (isUnlabelled ? 1 : 0) })}
            </Text>
          ) : null}
          <Button disabled={!isTouched} onClick={() => void save()}>
            {t('model.draft.put')}
          </Button>
        </Group>
      </Group>
    </Stack>
  );
}

function Options(
  props: DocumentEditorProps & {
    readonly shown: Json;
    readonly errors: ReadonlyMap<string, string>;
    readonly onChange: (option: OptionField, name: string, value: unknown) => void;
  },
) {
  const say = useText();
  const client = useModel();
  const { edit } = useDraft();
  const { model, entities } = useEditedModel();
  const { form, document, shown } = props;
  const source = text(shown.from);
  const around = {
    ...{ model, entities, field: shown, entity: text(shown.entity) || text(shown.to) },
    labelOf: (entity: string) => say(client.entities[entity]?.label) || entity,
    ...(source === '' ? {} : { source }),
  };
  return form.options.map((option) => {
    const origin = document === null ? undefined : originOf(document, [option.name]);
    return (
      <div key={option.name}>
        <OptionInput
          option={option}
          value={shown[option.name]}
          error={props.errors.get(option.name)}
          around={around}
          onChange={(value) => props.onChange(option, option.name, value)}
        />
        {document === null || origin === undefined || !(origin.overrides || origin.draft !== undefined) ? null : (
          <OriginBadges
            origin={origin}
            onReset={() => void edit(document, [{ way: [option.name], value: undefined }])}
          />
        )}
      </div>
    );
  });
}
