// The state of an import: the file and how it is read, what its columns become, the run. The engine does the work; this holds what is shown.
import type { ClientEntity } from '@kartoteka/metadata';
import { ImportRun, type Outcome, TransferError } from '@kartoteka/metadata/transfer';
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo, useRef, useState } from 'react';
import { useApi } from '../data/api.ts';
import { useModel } from '../data/model.tsx';
import { buildMap, type ColumnChoice, type KeyChoice, type Problem, problemsOf } from './logic/build-map.ts';
import { valuesByLabel } from './logic/choices.ts';
import { type ChosenFile, type Dialect, FailedFile, firstRows, openFile } from './logic/chosen-file.ts';
import { guessConversion } from './logic/conversions.ts';
import { serviceClient } from './logic/service-client.ts';
import { suggestTargets } from './logic/suggest.ts';
import { importTargets, type Target } from './logic/targets.ts';

/** Rows that are shown, and that conversions are guessed from. */
const SAMPLE_ROWS = 50;
/** Rows of one request, and requests at a time: little enough to leave the page and others their share. */
const BATCH = 500;
const PARALLEL = 2;
/** The column of reasons in an error file. */
export const ERROR_COLUMN = 'error';

export interface Opened {
  readonly file: File;
  readonly content: ChosenFile;
  readonly rows: readonly (readonly string[])[];
}

export interface RunState {
  readonly dryRun: boolean;
  readonly isRunning: boolean;
  readonly counts: Readonly<Outcome['counts']>;
  readonly bytes: number;
  readonly duplicates: Outcome['duplicates'];
  readonly failed: FailedFile;
  /** Why it did not run to its end. */
  readonly stopped: string | null;
}

const CREATE: KeyChoice = { mode: 'create', key: null, properties: [] };

export function useImport(entity: ClientEntity) {
  const model = useModel();
  const targets = useMemo(() => importTargets(entity, model), [entity, model]);
  const reading = useChosenFile(targets);
  const { opened, columns } = reading;
  const [key, setKey] = useState<KeyChoice>(CREATE);
  const [skipEmpty, setSkipEmpty] = useState(false);
  const problems: readonly Problem[] = useMemo(
    () => (opened === null ? [] : problemsOf(columns, key, targets)),
    [opened, columns, key, targets],
  );
  const run = useRun(entity.set);
  const start = (dryRun: boolean): void => {
    if (opened === null) return;
    const { compiled } = buildMap(skipEmpty ? columns.map(leavingEmpty) : columns, key, targets);
    if (compiled !== null) void run.start(opened, compiled, dryRun);
  };
  return { targets, ...reading, key, setKey, skipEmpty, setSkipEmpty, problems, run: run.state, start, stop: run.stop };
}

const leavingEmpty = (column: ColumnChoice): ColumnChoice => ({
  ...column,
  conversion: { ...column.conversion, empty: 'skip' },
});

function useChosenFile(targets: readonly Target[]) {
  const model = useModel();
  const [opened, setOpened] = useState<Opened | null>(null);
  const [columns, setColumns] = useState<readonly ColumnChoice[]>([]);
  const [error, setError] = useState<string | null>(null);
  const choose = async (file: File | null, dialect: Dialect): Promise<void> => {
    setError(null);
    setOpened(null);
    if (file === null) return;
    try {
      const content = await openFile(file, dialect, []);
      const rows = await firstRows(content, SAMPLE_ROWS);
      const suggested = suggestTargets(content.header, targets);
      setOpened({ file, content, rows });
      setColumns(
        content.header.map((column, at) => {
          const property = column === ERROR_COLUMN ? null : (suggested[at] ?? null);
          return columnChoice(column, property, textsOf(rows, at));
        }),
      );
    } catch (refused) {
      setError(refused instanceof TransferError ? refused.message : String(refused));
    }
  };
  const columnChoice = (column: string, property: string | null, texts: readonly string[]): ColumnChoice => {
    const target = targets.find((each) => each.property === property);
    if (target === undefined) return { column, property: null, conversion: {}, lookup: null };
    const [first] = target.lookups;
    const by = first?.by[0];
    const zone = String(model.organization.time_zone ?? 'UTC');
    const labels = target.field === null ? {} : valuesByLabel(target.field, model);
    const conversion = guessConversion(target.widget, { texts, labels, zone });
    return {
      ...{ column, property: target.property },
      conversion: first === undefined ? conversion : {},
      lookup: first === undefined || by === undefined ? null : { set: first.set, by },
    };
  };
  const assign = (at: number, property: string | null): void =>
    setColumns(
      columns.map((each, index) =>
        index === at ? columnChoice(each.column, property, textsOf(opened?.rows ?? [], at)) : each,
      ),
    );
  const change = (at: number, part: Partial<ColumnChoice>): void =>
    setColumns(columns.map((each, index) => (index === at ? { ...each, ...part } : each)));
  return { opened, columns, error, choose, assign, change };
}

/** Cells of a column that hold something. */
function textsOf(rows: readonly (readonly string[])[], column: number): readonly string[] {
  return rows.map((cells) => (cells[column] ?? '').trim()).filter((text) => text !== '');
}

type Compiled = NonNullable<ReturnType<typeof buildMap>['compiled']>;

function useRun(set: string) {
  const api = useApi();
  const queryClient = useQueryClient();
  const [state, setState] = useState<RunState | null>(null);
  const stopping = useRef<(() => void) | null>(null);
  const start = async ({ file, content }: Opened, map: Compiled, dryRun: boolean): Promise<void> => {
    const failed = new FailedFile(file, content);
    const abort = new AbortController();
    const show = (outcome: Outcome, bytes: number, isRunning: boolean, stopped: string | null): void =>
      setState({
        dryRun,
        isRunning,
        counts: { ...outcome.counts },
        duplicates: outcome.duplicates,
        bytes,
        failed,
        stopped,
      });
    const engine = new ImportRun({
      ...{ set, map, dryRun, file: content, errors: failed, batch: BATCH, parallel: PARALLEL },
      client: serviceClient(api, abort.signal),
      onProgress: (outcome, bytes) => show(outcome, bytes, true, null),
    });
    stopping.current = () => engine.stop('stopped');
    show(engine.outcome, 0, true, null);
    try {
      const stopped = await engine.run();
      show(engine.outcome, content.size, false, stopped?.message ?? null);
    } catch (error) {
      show(engine.outcome, 0, false, error instanceof Error ? error.message : String(error));
    } finally {
      stopping.current = null;
      // Lists that are held show what was imported.
      if (!dryRun) void queryClient.invalidateQueries();
    }
  };
  const stop = useCallback(() => stopping.current?.(), []);
  return { state, start, stop };
}
