// The product's sign and name.
import classes from './Logo.module.css';

export function Logo({ small = false }: { readonly small?: boolean }) {
  return (
    <span className={classes.logo}>
      <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
        <rect width="32" height="32" rx="7" fill="#3457d5" />
        <path
          d="M10 7v18M22 7 11 16.5 22 25"
          fill="none"
          stroke="#fff"
          strokeWidth="3.6"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
      {!small && <span>Kartoteka</span>}
    </span>
  );
}
