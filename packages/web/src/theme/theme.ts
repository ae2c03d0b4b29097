// Mantine's theme from the tokens: one typeface, one accent, sizes and radius. Colours of surfaces and text are in tokens.css.
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

const accent: MantineColorsTuple = [
  '#eef2ff',
  '#dde4fc',
  '#b9c7f8',
  '#92a8f3',
  '#7b96f5',
  '#4a6ae0',
  '#3457d5',
  '#2c4bbd',
  '#2741a3',
  '#1f3585',
];

/** Danger as the tokens have it: as text it keeps the contrast that AA asks for, on light and on dark. */
const red: MantineColorsTuple = [
  '#fdecea',
  '#fbd5d1',
  '#f7b0a9',
  '#f38a80',
  '#ee6a5e',
  '#f2796d',
  '#b42318',
  '#9f1f15',
  '#871a12',
  '#6f150e',
];

export const theme = createTheme({
  colors: { accent, red },
  primaryColor: 'accent',
  primaryShade: { light: 6, dark: 5 },
  autoContrast: true,
  fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  headings: {
    fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '20px', lineHeight: '28px' },
      h2: { fontSize: '16px', lineHeight: '24px' },
      h3: { fontSize: '14px', lineHeight: '20px' },
    },
  },
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  lineHeights: { xs: '16px', sm: '20px', md: '20px', lg: '24px', xl: '28px' },
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '24px', xl: '32px' },
  defaultRadius: '6px',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'sm' } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray', size: 'md' } },
    Tooltip: { defaultProps: { openDelay: 400, withArrow: true } },
    TextInput: { defaultProps: { size: 'sm' } },
    Select: { defaultProps: { size: 'sm' } },
    // A dialog's head is no banner of the page.
    ModalHeader: { defaultProps: { role: 'presentation' } },
    DrawerHeader: { defaultProps: { role: 'presentation' } },
    Modal: { defaultProps: { centered: true, transitionProps: { duration: 120 } } },
    // Without a placeholder for the focus, which has no place among the items of a menu: the first item gets it.
    Menu: { defaultProps: { shadow: 'md', withInitialFocusPlaceholder: false, transitionProps: { duration: 100 } } },
  },
});

/** Mantine's own variables follow the tokens, so that both light and dark reach the contrast that AA asks for. */
export const cssVariablesResolver: CSSVariablesResolver = () => {
  const both = {
    '--mantine-color-body': 'var(--k-page)',
    '--mantine-color-text': 'var(--k-text)',
    '--mantine-color-dimmed': 'var(--k-text-2)',
    '--mantine-color-placeholder': 'var(--k-text-2)',
    '--mantine-color-anchor': 'var(--k-accent-text)',
    '--mantine-color-error': 'var(--k-danger)',
    '--mantine-color-default': 'var(--k-raised)',
    '--mantine-color-default-hover': 'var(--k-hover)',
    '--mantine-color-default-border': 'var(--k-border-strong)',
    '--mantine-color-default-color': 'var(--k-text)',
  };
  return { variables: {}, light: both, dark: both };
};
