// The set `security`: what rights add to a list over HTTP. The same request by readers of every depth, in turn, against the
// same request by readers whom nothing restricts. It measures and prints; it starts nothing.
import { setTimeout as wait } from 'node:timers/promises';
import type { BenchDatabase } from './database.ts';
import { COUNTS, DEALS_PER_OWNER } from './dataset.ts';
import type { BenchOptions } from './options.ts';
import { READERS, type Reader, readers, SHARES } from './readers.ts';
import { median } from './report.ts';
import { type Round, runRound } from './rounds.ts';
import type { RunningServer } from './servers.ts';
import { signTokens } from './tokens.ts';

/** Time of a list over that of the same one without rights, at most. */
export const SECURITY_BOUNDS: Readonly<Record<Exclude<Reader, 'unrestricted'>, number>> = {
  user: 1.5,
  unit: 1.5,
  organization: 1.5,
  shares: 2,
};

/** Longest turn of one kind of reader: the machine's moods must reach all kinds alike. */
const LONGEST_TURN = 5;
const WARM_UP_SECONDS = 0.5;
/** A node looks for changes of rights once a second. */
const NEWS_MS = 1_500;

/** Per kind of reader, relative to the unrestricted one. */
export interface SecurityRatio {
  readonly time: number;
  /** CPU of server and PostgreSQL per request; null where the kernel does not tell. */
  readonly cpu: number | null;
}
export type SecurityRatios = Readonly<Partial<Record<Reader, SecurityRatio>>>;

export interface SecurityBench {
  readonly options: Pick<BenchOptions, 'seconds' | 'rounds'>;
  readonly database: Pick<BenchDatabase, 'seedReaders' | 'prepare' | 'postmaster'>;
  readonly service: RunningServer;
  readonly secret: string;
}

/** Seeds the readers, checks what they see, and measures them in turn. */
export async function measureSecurity({ options, database, service, secret }: SecurityBench): Promise<SecurityRatios> {
  await database.seedReaders();
  await database.prepare(true);
  await wait(NEWS_MS);
  await checkReaders(service, secret);
  const seconds = Math.min(options.seconds, LONGEST_TURN);
  const turns = Math.ceil(options.seconds / seconds) * options.rounds;
  const rounds: Record<Reader, Round[]> = { unrestricted: [], user: [], unit: [], organization: [], shares: [] };
  for (let turn = 1; turn <= turns; turn += 1) {
    for (const kind of READERS) {
      const tokens = signTokens(secret, readers(kind));
      const settings = { operation: 'list', seconds, seed: turn, tokens, warmUpSeconds: WARM_UP_SECONDS } as const;
      const round = await runRound(service, { ...settings, postmaster: database.postmaster });
      rounds[kind].push(round);
      console.log(`security ${turn}/${turns} ${kind}: ${Math.round(round.requestsPerSecond)}/s`);
    }
  }
  return ratiosOf(rounds);
}

/** Medians over the ratios of turns that followed each other. */
export function ratiosOf(rounds: Readonly<Record<Reader, readonly Round[]>>): SecurityRatios {
  const ratios: Partial<Record<Reader, SecurityRatio>> = {};
  for (const kind of READERS) {
    if (kind === 'unrestricted') continue;
    const pairs = rounds[kind].flatMap((round, turn) => {
      const plain = rounds.unrestricted[turn];
      return plain === undefined ? [] : [[round, plain] as const];
    });
    ratios[kind] = {
      time: median(pairs.map(([round, plain]) => plain.requestsPerSecond / round.requestsPerSecond)) ?? Number.NaN,
      cpu: median(pairs.map(([round, plain]) => cpuOf(round) / cpuOf(plain))),
    };
  }
  return ratios;
}

const cpuOf = ({ serverCpu, postgresCpu }: Round): number => (serverCpu ?? Number.NaN) + (postgresCpu ?? Number.NaN);

/** Prints a line per kind; gives a sentence for each that is beyond its bound. */
export function reportSecurity(ratios: SecurityRatios): string[] {
  const shortfalls: string[] = [];
  for (const [kind, bound] of Object.entries(SECURITY_BOUNDS) as [keyof typeof SECURITY_BOUNDS, number][]) {
    const ratio = ratios[kind];
    if (ratio === undefined) continue;
    const cpu = ratio.cpu === null ? '' : `, ${ratio.cpu.toFixed(2)} of its CPU`;
    console.log(`security ${kind}: ${ratio.time.toFixed(2)} of the time of the same list without rights${cpu}`);
    if (!(ratio.time <= bound)) shortfalls.push(`security ${kind}: ${ratio.time.toFixed(2)} times, above ${bound}`);
  }
  return shortfalls;
}

/** Before anything is measured: every kind sees as many deals as it should. Throws an Error that says who does not. */
export async function checkReaders(service: RunningServer, secret: string): Promise<void> {
  const wanted: Readonly<Record<Reader, number>> = {
    unrestricted: COUNTS.deals,
    organization: COUNTS.deals,
    unit: COUNTS.deals / COUNTS.units,
    user: DEALS_PER_OWNER,
    shares: DEALS_PER_OWNER + SHARES,
  };
  for (const kind of READERS) {
    const seen = await countDeals(service, signTokens(secret, readers(kind))[0] ?? '');
    // A few shares would be of what the reader owns, and are not made.
    const least = kind === 'shares' ? DEALS_PER_OWNER + SHARES * 0.9 : wanted[kind];
    if (seen < least || seen > wanted[kind]) throw new Error(`security ${kind}: sees ${seen} of ${wanted[kind]} deals`);
  }
}

async function countDeals(service: RunningServer, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`http://127.0.0.1:${service.port}/api/v1/deals/$count`, { headers });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`counting deals answered ${response.status}: ${text}`);
  return Number(text);
}
