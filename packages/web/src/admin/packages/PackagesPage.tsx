// Packages: what is installed, in which order the layers lie, what was uninstalled and left data; a file is installed or upgraded from here.
import { Button, FileButton, Group, Table, Text } from '@mantine/core';
import { IconPackage, IconUpload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNotify, useTranslate } from 'ra-core';
import { useState } from 'react';
import { Link } from 'react-router';
import { useApi } from '../../data/api.ts';
import { useText } from '../../data/model.tsx';
import { EmptyState, ErrorState, ListSkeleton, Page, useFormat } from '../../ui/index.ts';
import classes from '../changes/lists.module.css';
import { Mark } from '../changes/Mark.tsx';
import { METADATA, readList } from '../changes/metadata-api.ts';
import type { KnownPackage, PackageArchive } from './api-types.ts';
import { InstallPanel } from './InstallPanel.tsx';

/** Shown in one list. */
const MOST_PACKAGES = 500;
/** The service takes no longer body. */
const LARGEST_FILE = 32 * 1_048_576;

export function PackagesPage() {
  const translate = useTranslate();
  const api = useApi();
  const notify = useNotify();
  const [archive, setArchive] = useState<PackageArchive | null>(null);
  const { data, error, refetch } = useQuery({
    queryKey: [METADATA, 'packages'],
    queryFn: ({ signal }) => readList<KnownPackage>(api, 'metadata/packages', MOST_PACKAGES, signal),
  });
  const choose = async (file: File | null): Promise<void> => {
    if (file === null) return;
    const read = file.size > LARGEST_FILE ? null : archiveOf(await file.text());
    if (read === null) notify('packages.not_a_package', { type: 'error' });
    else setArchive(read);
  };
  const install = (
    <FileButton accept="application/json,.json" onChange={(file) => void choose(file)}>
      {(props) => (
        <Button {...props} leftSection={<IconUpload size={16} />}>
          {translate('packages.install')}
        </Button>
      )}
    </FileButton>
  );
  return (
    <Page
      title={translate('packages.title')}
      subtitle={translate('packages.subtitle')}
      actions={install}
      wide={archive !== null}
    >
      {archive !== null && (
        // Another file is another plan.
        <InstallPanel key={JSON.stringify(archive.manifest)} archive={archive} onClose={() => setArchive(null)} />
      )}
      {archive === null && error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {archive === null && error === null && data === undefined && <ListSkeleton rows={4} columns={5} />}
      {archive === null && data?.length === 0 && (
        <EmptyState
          icon={<IconPackage size={22} />}
          title={translate('packages.empty')}
          text={translate('packages.empty_text')}
          action={install}
        />
      )}
      {archive === null && data !== undefined && data.length > 0 && <PackageTable packages={data} />}
    </Page>
  );
}

/** Null: it is no archive of a package; what is wrong inside of one is the service's to say. */
function archiveOf(text: string): PackageArchive | null {
  try {
    const value = JSON.parse(text) as Partial<PackageArchive> | null;
    const named = typeof value?.manifest?.name === 'string' && Array.isArray(value.documents);
    return named ? (value as PackageArchive) : null;
  } catch {
    return null;
  }
}

function PackageTable({ packages }: { readonly packages: readonly KnownPackage[] }) {
  const translate = useTranslate();
  // As they lie over each other, then what is uninstalled.
  const sorted = packages.toSorted(
    (a, b) => (a.place ?? Number.MAX_SAFE_INTEGER) - (b.place ?? Number.MAX_SAFE_INTEGER),
  );
  return (
    <Table.ScrollContainer minWidth={760}>
      <Table className={classes.table} highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            {['layer', 'package', 'version', 'publisher', 'documents', 'state'].map((column) => (
              <Table.Th key={column}>{translate(`packages.column.${column}`)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {sorted.map((known) => (
            <PackageRow key={known.name} known={known} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function PackageRow({ known }: { readonly known: KnownPackage }) {
  const translate = useTranslate();
  const text = useText();
  const { number, dateTime } = useFormat();
  const { name, label, version, publisher, documents, installed, place, installed_on, uninstalled_on } = known;
  return (
    <Table.Tr>
      <Table.Td>{place ?? ''}</Table.Td>
      <Table.Td className={classes.wide}>
        <Link className={classes.link} to={`/admin/packages/${name}`}>
          {text(label) === '' ? name : text(label)}
        </Link>
        <Text size="xs" c="dimmed">
          {name}
        </Text>
      </Table.Td>
      <Table.Td>{version}</Table.Td>
      <Table.Td>{publisher}</Table.Td>
      <Table.Td>{number(documents)}</Table.Td>
      <Table.Td>
        <Group gap="xs" wrap="nowrap">
          <Mark color={installed ? 'green' : 'gray'}>
            {translate(installed ? 'packages.installed' : 'packages.uninstalled')}
          </Mark>
          <Text size="xs" c="dimmed">
            {dateTime(uninstalled_on ?? installed_on)}
          </Text>
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
