// Forms of an entity: sections with their fields, and the related lists, in their order. An entity without a form has a derived one; a new form
// begins with what that shows.
import { Button, Group, Paper, Select, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { useText } from '../../../data/model.tsx';
import { ErrorState, FormSkeleton } from '../../../ui/index.ts';
import { useEditedModel } from '../data/documents.ts';
import { useDraft } from '../data/draft.tsx';
import { usePresentations } from '../data/presentations.ts';
import { useLeave, useUnsaved } from '../data/unsaved.tsx';
import type { TabProps } from '../EntityPage.tsx';
import { changesBetween } from '../logic/edit.ts';
import { effectiveOf, type LayeredDocument, originOf } from '../logic/layered.ts';
import { nameFor } from '../logic/new-name.ts';
import { isObject, type Json } from '../logic/paths.ts';
import { inOrder, lastOrder } from '../logic/placed.ts';
import { Findings } from '../ui/Findings.tsx';
import { NewPresentation } from '../ui/NewPresentation.tsx';
import { DraftBadge } from '../ui/Origin.tsx';
import { PlacedParts } from '../ui/PlacedParts.tsx';
import { PresentationTexts } from '../ui/PresentationTexts.tsx';
import { type Texts, TextsOnLeave } from '../ui/Texts.tsx';
import { fieldsOf } from './FieldsTab.tsx';

/** Lists of records are no fields of a form: they stand among the related lists. */
const isFormField = (type: string): boolean => type !== 'many';

export function FormsTab(props: TabProps) {
  const t = useTranslate();
  const say = useText();
  const { document } = props;
  const { ready, error, documents } = usePresentations('form', document.name);
  const [chosen, setChosen] = useState<string | null>(null);
  const [adding, setAdding] = useState(false);
  const leave = useLeave();
  if (error) return <ErrorState error={error} />;
  if (!ready) return <FormSkeleton />;
  const form = documents.find(({ name }) => name === chosen) ?? documents[0];
  const fields = Object.entries(fieldsOf(props)).filter(([, { type }]) => isFormField(type));
  const choices = [
    ...fields.map(([value, field]) => ({ value, label: say(field.label) || value })),
    ...['owner_id', 'created_on', 'created_by_id', 'modified_on', 'modified_by_id'].map((value) => ({
      value,
      label: value,
    })),
  ];
  const main = { label: { en: 'Main', ru: 'Основное' }, order: 10 };
  const all = Object.fromEntries(fields.map(([name], at) => [name, { order: (at + 1) * 10 }]));
  return (
    <Stack gap="md">
      <Group align="flex-end">
        <Select
          label={t('model.form.which')}
          data={documents.map((each) => ({
            value: each.name,
            label: `${say(effectiveOf(each)?.label as Texts) || each.name} (${each.name})`,
          }))}
          value={form?.name ?? null}
          onChange={(name) => leave(() => setChosen(name))}
          miw={320}
        />
        <Button variant="default" leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
          {t('model.form.new')}
        </Button>
      </Group>
      {form === undefined ? (
        <Text size="sm" c="dimmed">
          {t('model.form.none')}
        </Text>
      ) : (
        <FormEditor
          key={form.name}
          entity={document.name}
          form={form}
          body={effectiveOf(form) ?? {}}
          choices={choices}
        />
      )}
      <NewPresentation
        kind="form"
        opened={adding}
        body={{ entity: document.name, default: true, sections: { main: { ...main, fields: all } } }}
        onClose={(name) => {
          setAdding(false);
          if (name !== null) setChosen(name);
        }}
      />
    </Stack>
  );
}

type Choices = readonly { readonly value: string; readonly label: string }[];

function FormEditor(props: {
  readonly entity: string;
  readonly form: LayeredDocument;
  readonly body: Json;
  readonly choices: Choices;
}) {
  const t = useTranslate();
  const { entities } = useEditedModel();
  const { form, body } = props;
  const sections = (isObject(body.sections) ? body.sections : {}) as Readonly<
    Record<string, Json & { order: number; hidden?: boolean }>
  >;
  const shown = inOrder(Object.entries(sections).map(([key, section]) => ({ key, order: section.order, section })));
  const collections = [...(entities.get(props.entity)?.navigations.values() ?? [])]
    .filter(({ collection }) => collection)
    .map(({ name, target }) => ({ value: name, label: `${name} (${target})` }));
  return (
    <Stack gap="lg">
      <Findings document={form} />
      <PresentationTexts document={form} body={body} />
      {shown
        .filter(({ section }) => section.hidden !== true)
        .map(({ key, section }) => (
          <Section key={key} name={key} section={section} {...props} />
        ))}
      {shown
        .filter(({ section }) => section.hidden === true)
        .map(({ key }) => (
          <HiddenSection key={key} form={form} name={key} />
        ))}
      <NewSection form={form} taken={Object.keys(sections)} order={lastOrder(shown)} />
      <section>
        <Title order={2} size="h5" mb="xs">
          {t('model.form.related')}
        </Title>
        <PlacedParts
          document={form}
          body={body}
          way={['related']}
          label={t('model.form.related')}
          addLabel={t('model.form.add_related')}
          choices={collections}
        />
      </section>
    </Stack>
  );
}

function Section(props: {
  readonly name: string;
  readonly section: Json;
  readonly form: LayeredDocument;
  readonly body: Json;
  readonly choices: Choices;
}) {
  const t = useTranslate();
  const say = useText();
  const { edit } = useDraft();
  const { name, section, form } = props;
  const label = (section.label ?? {}) as Texts;
  const origin = originOf(form, ['sections', name]);
  const takeOut = (): void => {
    const change =
      origin.below === undefined
        ? { way: ['sections', name], value: undefined }
        : { way: ['sections', name, 'hidden'], value: true };
    void edit(form, [change]);
  };
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" mb="xs">
        <Group gap="xs">
          <Title order={2} size="h5">
            {say(label) || name}
          </Title>
          <DraftBadge change={origin.draft} />
        </Group>
        <Button size="compact-xs" variant="subtle" color="gray" onClick={takeOut}>
          {t(origin.below === undefined ? 'model.part.remove' : 'model.part.hide')}
        </Button>
      </Group>
      <Stack gap="sm">
        <TextsOnLeave
          label={t('model.label')}
          value={label}
          onChange={(next) => void edit(form, changesBetween(['sections', name, 'label'], label, next))}
        />
        <PlacedParts
          document={form}
          body={props.body}
          way={['sections', name, 'fields']}
          label={t('model.form.fields_of', { name: say(label) || name })}
          addLabel={t('model.form.add_field')}
          choices={props.choices}
        />
      </Stack>
    </Paper>
  );
}

function HiddenSection({ form, name }: { readonly form: LayeredDocument; readonly name: string }) {
  const t = useTranslate();
  const { edit } = useDraft();
  return (
    <Group gap="xs">
      <Text size="sm" c="dimmed">
        {t('model.form.hidden', { name })}
      </Text>
      <Button
        size="compact-xs"
        variant="subtle"
        onClick={() => void edit(form, [{ way: ['sections', name, 'hidden'], value: false }])}
      >
        {t('model.form.show')}
      </Button>
    </Group>
  );
}

function NewSection(props: {
  readonly form: LayeredDocument;
  readonly taken: readonly string[];
  readonly order: number;
}) {
  const t = useTranslate();
  const { edit } = useDraft();
  const [text, setText] = useState('');
  useUnsaved(text !== '');
  const name = nameFor(text, props.taken);
  const add = async (): Promise<void> => {
    const section = { label: { en: text.trim() }, order: props.order, fields: {} };
    if (await edit(props.form, [{ way: ['sections', name], value: section }])) setText('');
  };
  return (
    <Group align="flex-end">
      <TextInput
        label={t('model.form.new_section')}
        value={text}
        maxLength={200}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button variant="default" leftSection={<IconPlus size={16} />} disabled={name === ''} onClick={() => void add()}>
        {t('model.form.add_section')}
      </Button>
    </Group>
  );
}
