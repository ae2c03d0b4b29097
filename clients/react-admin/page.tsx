// A page as somebody would write it with react-admin's headless core and its OData provider: a list with search, filter, sort and
// pages, a form for one company, and deletion. It knows the service by nothing but its address and a token.
import {
  CoreAdminContext,
  Form,
  ListBase,
  RecordContextProvider,
  useCreate,
  useDelete,
  useGetOne,
  useInput,
  useListContext,
  useUpdate,
} from 'ra-core';
import odataProvider, { type OdataDataProvider } from 'ra-data-odata-server';
import { type ReactNode, useState } from 'react';
import { createRoot } from 'react-dom/client';

interface Company {
  readonly id: string;
  readonly name: string;
  readonly industry: string | null;
  readonly headcount: number | null;
  readonly version: number;
}

function Input({ source, parse }: { source: string; parse?: (text: string) => unknown }): ReactNode {
  const { field } = useInput({ source, ...(parse === undefined ? {} : { parse }) });
  return <input aria-label={source} {...field} value={field.value ?? ''} />;
}

function Fields(): ReactNode {
  return (
    <>
      <Input source="name" />
      <Input source="headcount" parse={(text) => (text === '' ? null : Number(text))} />
      <button type="submit">Save</button>
    </>
  );
}

function Edit({ id, onDone }: { id: string; onDone: () => void }): ReactNode {
  const { data } = useGetOne<Company>('companies', { id });
  const [update, { error }] = useUpdate<Company>();
  const [remove] = useDelete<Company>();
  if (data === undefined) return <p>Loading</p>;
  // The whole record goes back, as react-admin's own forms send it.
  const save = (values: object): void => {
    void update(
      'companies',
      { id, data: values, previousData: data },
      { mutationMode: 'pessimistic', onSuccess: onDone },
    );
  };
  return (
    <RecordContextProvider value={data}>
      <Form record={data} onSubmit={save}>
        <Fields />
        {error === null ? null : <p role="alert">{error.message}</p>}
      </Form>
      <button
        type="button"
        onClick={() => {
          void remove('companies', { id, previousData: data }, { mutationMode: 'pessimistic', onSuccess: onDone });
        }}
      >
        Delete
      </button>
    </RecordContextProvider>
  );
}

function Create({ onDone }: { onDone: () => void }): ReactNode {
  const [create] = useCreate<Company>();
  return (
    <Form onSubmit={(data: object) => void create('companies', { data }, { onSuccess: onDone })}>
      <Fields />
    </Form>
  );
}

function List({ onEdit }: { onEdit: (id: string) => void }): ReactNode {
  const list = useListContext<Company>();
  const { data, total, isPending, error, page, setPage, setSort, setFilters } = list;
  if (error !== null && error !== undefined) return <p role="alert">{error.message}</p>;
  if (isPending) return <p>Loading</p>;
  return (
    <section>
      <input
        aria-label="search"
        onChange={({ target }) => setFilters(target.value === '' ? {} : { q: target.value })}
      />
      <input
        aria-label="contains"
        onChange={({ target }) => setFilters(target.value === '' ? {} : { name_q: target.value, headcount_gte: 10 })}
      />
      <button type="button" onClick={() => setSort({ field: 'headcount', order: 'DESC' })}>
        By size
      </button>
      <button type="button" onClick={() => setPage(page + 1)}>
        Next page
      </button>
      <p id="total">{total}</p>
      <ul>
        {data.map(({ id, name, headcount }) => (
          <li key={id}>
            <button type="button" onClick={() => onEdit(id)}>
              {name} {headcount}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Page(): ReactNode {
  const [edited, setEdited] = useState<string | null>(null);
  const done = (): void => setEdited(null);
  if (edited === 'new') return <Create onDone={done} />;
  if (edited !== null) return <Edit id={edited} onDone={done} />;
  return (
    <>
      <button type="button" onClick={() => setEdited('new')}>
        New
      </button>
      <ListBase
        resource="companies"
        perPage={5}
        sort={{ field: 'name', order: 'ASC' }}
        disableSyncWithLocation
        storeKey={false}
      >
        <List onEdit={setEdited} />
      </ListBase>
    </>
  );
}

const odata: OdataDataProvider = await odataProvider(`${location.origin}/api/v1`, () =>
  Promise.resolve({ commonHeaders: { Authorization: `Bearer ${new URLSearchParams(location.search).get('token')}` } }),
);
/** The provider begins names with a capital, as some services have them; a blank before them keeps it from that. */
const provider: OdataDataProvider = {
  ...odata,
  getList: (resource, params) => {
    const { field = 'id', order = 'ASC' } = params.sort ?? {};
    const filters = Object.entries(params.filter ?? {}).map(([name, value]) => [
      name === 'q' ? name : ` ${name}`,
      value,
    ]);
    return odata.getList(resource, {
      ...params,
      sort: { field: ` ${field}`, order },
      filter: Object.fromEntries(filters),
    });
  },
};
createRoot(document.body.appendChild(document.createElement('main'))).render(
  <CoreAdminContext dataProvider={provider}>
    <Page />
  </CoreAdminContext>,
);
