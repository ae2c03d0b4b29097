// Shapes that the parts of webhooks share, and how they are set up.
import type { Networks } from './network.ts';

export interface WebhookOptions {
  /** Private networks that may be sent to, without TLS, too. */
  readonly networks: Networks;
  /** Milliseconds a receiver has to answer. */
  readonly timeoutMs: number;
  /** Milliseconds before the first repetition; each further one waits twice as long, up to six hours. */
  readonly delayMs: number;
  /** Repetitions after which a delivery is dead. */
  readonly retries: number;
  /** Hours without anything received after which the webhook is paused. */
  readonly pauseHours: number;
}

export const WEBHOOK_DEFAULTS: WebhookOptions = {
  networks: [],
  timeoutMs: 10_000,
  delayMs: 5_000,
  // The last one about two days after the first.
  retries: 18,
  pauseHours: 72,
};

/** A webhook as its record says. */
export interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly entity: string;
  readonly filter: string | null;
  readonly properties: string | null;
  readonly owner_id: string;
  readonly status: string;
}
