// The shared pieces of every page. Areas import from here.
export { Confirm, type ConfirmProps } from './Confirm.tsx';
export { EmptyState, type EmptyStateProps } from './EmptyState.tsx';
export { ErrorState, type ErrorStateProps } from './ErrorState.tsx';
export {
  formatBytes,
  formatDate,
  formatDateTime,
  formatMoney,
  formatNumber,
  formatRelative,
  useFormat,
} from './format.ts';
export { EntityIcon } from './icons.tsx';
export { Page, type PageProps } from './Page.tsx';
export { FormSkeleton, ListSkeleton } from './skeletons.tsx';
