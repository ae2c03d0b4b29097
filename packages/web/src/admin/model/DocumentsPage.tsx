// Rules, mappings and settings: documents of the kinds that have no pages of their own, listed by kind, and one with its editor.
import { Button, Group, Stack, Table, Text, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { Link, useParams } from 'react-router';
import { EmptyState, ErrorState, FormSkeleton, Page } from '../../ui/index.ts';
import { useLayered, useListed, useNamesOf } from './data/documents.ts';
import { DOCUMENT_FORMS, type DocumentForm } from './logic/document-kinds.ts';
import { effectiveOf, type LayeredDocument } from './logic/layered.ts';
import { Areas } from './ui/Areas.tsx';
import { DocumentEditor } from './ui/DocumentEditor.tsx';
import { DraftBar } from './ui/DraftBar.tsx';
import { LayerBadge } from './ui/Origin.tsx';

/** Stands in the address for a document that is not yet there; no document has a name like this. */
const NEW = '-';
const PATH = '/admin/model/-/documents';

export function DocumentsPage() {
  const t = useTranslate();
  const { kind, document } = useParams();
  const form = DOCUMENT_FORMS.find((each) => each.kind === kind);
  const title =
    form === undefined ? t('model.area.documents') : t(`model.document.kinds.${form.kind}`, { _: form.kind });
  return (
    <Page
      title={document === undefined || document === NEW ? title : document}
      subtitle={form === undefined ? t('model.document.subtitle') : title}
      tabs={<Areas area="documents" />}
      actions={<DraftBar />}
    >
      {form === undefined ? (
        <Kinds />
      ) : document === undefined || document === NEW ? (
        <DocumentEditor key={form.kind} form={form} document={null} path={PATH} />
      ) : (
        <Edited key={`${form.kind} ${document}`} form={form} name={document} />
      )}
    </Page>
  );
}

function Kinds() {
  const listed = useListed();
  if (listed.error !== null) return <ErrorState error={listed.error} onRetry={() => void listed.refetch()} />;
  if (listed.data === undefined) return <FormSkeleton />;
  return (
    <Stack gap="xl">
      {DOCUMENT_FORMS.map((form) => (
        <Documents key={form.kind} form={form} />
      ))}
    </Stack>
  );
}

function Documents({ form: { kind, isSingle } }: { readonly form: DocumentForm }) {
  const t = useTranslate();
  const names = useNamesOf(kind);
  const title = t(`model.document.kinds.${kind}`, { _: kind });
  return (
    <section aria-label={title}>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          {title}
        </Title>
        {isSingle ? null : (
          <Button
            component={Link}
            to={`${PATH}/${kind}/${NEW}`}
            size="xs"
            variant="default"
            leftSection={<IconPlus size={16} />}
          >
            {t('model.document.new', { kind: t(`model.kind.${kind}`, { _: kind }) })}
          </Button>
        )}
      </Group>
      {names.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('model.document.none')}
        </Text>
      ) : (
        <Table fz={13} highlightOnHover aria-label={title}>
          <Table.Tbody>
            {names.map(({ name, listed }) => (
              <Table.Tr key={name}>
                <Table.Td>
                  <Text component={Link} to={`${PATH}/${kind}/${name}`} size="sm" fw={500} c="var(--k-accent-text)">
                    {name}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <Group gap={4}>
                    {(listed?.layers ?? ['custom']).map((layer) => (
                      <LayerBadge key={layer} layer={layer} />
                    ))}
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </section>
  );
}

function Edited({ form, name }: { readonly form: DocumentForm; readonly name: string }) {
  const t = useTranslate();
  const { ready, error, documents } = useLayered([{ kind: form.kind, name }]);
  const document: LayeredDocument | undefined = documents[0];
  if (error) return <ErrorState error={error} />;
  if (!ready || document === undefined) return <FormSkeleton />;
  if (effectiveOf(document) === null) return <EmptyState title={t('model.document.missing')} />;
  return <DocumentEditor form={form} document={document} path={PATH} />;
}
