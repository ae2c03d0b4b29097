// What failed, in words of the page's language.
import { useCallback } from 'react';

export function useErrorText(): (error: unknown) => string {
  return useCallback((error) => (error instanceof Error ? error.message : String(error)), []);
}
