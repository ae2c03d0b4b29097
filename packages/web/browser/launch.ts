// Debian's Chromium as browser tests and the bench start it: headless, without a GPU, and with nothing of its own on the network.
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

export type { Browser };

/** Undefined where it is not installed (.ci/chromium does that). */
export const BROWSER = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--force-color-profile=srgb', '--font-render-hinting=none'],
];

/** Rejects where it is not installed. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: BROWSER ?? 'chromium', args: FLAGS });
}
