// `kartoteka start`: runs the service until it is asked to stop.
import type { Settings } from './config.ts';
import type { DemoLanguage } from './demo/words.ts';
import type { Log } from './log.ts';
import { startService } from './service.ts';
import { welcome } from './welcome.ts';

/** Starts, says where, waits for SIGINT or SIGTERM, and stops: 0, or 1 when stopping failed. */
export async function startCommand(settings: Settings, log: Log, demo: DemoLanguage | null): Promise<number> {
  const asked = new StopRequest();
  const service = await startService(settings, log, { demo });
  process.stdout.write(welcome(service, demo));
  const signal = await asked.signal;
  log.info({ signal }, 'Stopping');
  try {
    await service.stop();
    log.info('Stopped');
    return 0;
  } catch (error) {
    log.error({ error }, 'Stopping failed');
    return 1;
  } finally {
    asked.done();
  }
}

/** The first SIGINT or SIGTERM is a request; a second one ends the process at once. */
class StopRequest {
  readonly signal: Promise<NodeJS.Signals>;
  readonly #listener: (signal: NodeJS.Signals) => void;

  constructor() {
    let resolve: (signal: NodeJS.Signals) => void = () => {};
    this.signal = new Promise((given) => {
      resolve = given;
    });
    let seen = false;
    this.#listener = (signal) => {
      if (seen) process.exit(130);
      seen = true;
      resolve(signal);
    };
    process.on('SIGINT', this.#listener).on('SIGTERM', this.#listener);
  }

  done(): void {
    process.off('SIGINT', this.#listener).off('SIGTERM', this.#listener);
  }
}
