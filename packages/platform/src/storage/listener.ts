// LISTEN on a connection of its own, kept alive. It must not promise delivery: what is announced while the connection
// is down is lost, so listeners also look for themselves from time to time.
import postgres from 'postgres';
import { driverOptions, type SessionSettings } from './session.ts';
import type { StorageLog } from './types.ts';

const RETRY_MS = 250;

export class Listener {
  readonly #sql: postgres.Sql;
  readonly #log: StorageLog | undefined;
  readonly #listeners = new Map<string, ((payload: string) => void)[]>();
  #closed = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(url: string, settings: SessionSettings, log?: StorageLog) {
    this.#log = log;
    this.#sql = postgres(url, {
      ...driverOptions({ ...settings, applicationName: `${settings.applicationName} listen` }),
      onclose: () => this.#resumeLater(),
      ...({ onnotify: (channel: string, payload: string) => this.#deliver(channel, payload) } as object),
    });
  }

  /** Calls back for every notification on the channel from now on. Resolves when listening; throws when it cannot. */
  async listen(channel: string, onPayload: (payload: string) => void): Promise<void> {
    await this.#subscribe(channel);
    const listeners = this.#listeners.get(channel);
    if (listeners) listeners.push(onPayload);
    else this.#listeners.set(channel, [onPayload]);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.#sql.end({ timeout: 1 });
  }

  async #subscribe(channel: string): Promise<void> {
    await this.#sql.unsafe(`listen "${channel.replaceAll('"', '""')}"`);
  }

  #deliver(channel: string, payload: string): void {
    for (const onPayload of this.#listeners.get(channel) ?? []) onPayload(payload);
  }

  #resumeLater(): void {
    if (this.#closed || this.#listeners.size === 0) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#resume(), RETRY_MS);
  }

  /** A failed attempt closes the connection, which leads here again. */
  async #resume(): Promise<void> {
    try {
      for (const channel of this.#listeners.keys()) await this.#subscribe(channel);
      this.#log?.info({ channels: [...this.#listeners.keys()] }, 'listening again');
    } catch (error) {
      this.#log?.warn({ code: (error as { code?: string }).code }, 'cannot listen; trying again');
      this.#resumeLater();
    }
  }
}
