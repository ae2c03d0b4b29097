// The shared pieces of every page. Areas import from here.
export { Confirm } from './Confirm.tsx';
export { EmptyState, type EmptyStateProps } from './EmptyState.tsx';
export { ErrorState } from './ErrorState.tsx';
export {
  formatBytes,
  formatNumber,
  useFormat,
} from './format.ts';
export { EntityIcon } from './icons.tsx';
export { Page } from './Page.tsx';
export { FormSkeleton, ListSkeleton } from './skeletons.tsx';
