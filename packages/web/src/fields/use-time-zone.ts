// The time zone in which a user reads and writes moments: his own where the model tells one, else the browser's.
import { useModel } from '../data/model.tsx';
import { browserZone } from './moments.ts';

/** IANA name. */
export function useTimeZone(): string {
  const { user } = useModel() as { user: { time_zone?: string } };
  return user.time_zone ?? browserZone();
}
