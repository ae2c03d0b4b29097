// The circle by which Dataverse's administrators know a depth: empty, a quarter, half, three quarters, full. A picture only: whoever shows it
// says the depth in words as well.
import type { Depth } from './logic/matrix.ts';

const FILLED: Readonly<Record<Depth, number>> = {
  none: 0,
  user: 1,
  business_unit: 2,
  parent_child: 3,
  organization: 4,
};

/** Quarters of a circle, clockwise from the top. */
function piePath(quarters: number): string {
  const ends = [
    [15, 8],
    [8, 15],
    [1, 8],
  ] as const;
  const [x, y] = ends[quarters - 1] ?? [8, 1];
  return `M8 8 L8 1 A7 7 0 ${quarters > 2 ? 1 : 0} 1 ${x} ${y} Z`;
}

export function DepthGlyph({ depth, size = 16 }: { readonly depth: Depth; readonly size?: number }) {
  const quarters = FILLED[depth];
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <circle
        cx="8"
        cy="8"
        r="6.5"
        fill={quarters === 4 ? 'currentColor' : 'none'}
        stroke="currentColor"
        strokeWidth="1.3"
      />
      {quarters > 0 && quarters < 4 && <path d={piePath(quarters)} fill="currentColor" />}
    </svg>
  );
}
