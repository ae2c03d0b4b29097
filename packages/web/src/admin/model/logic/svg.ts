// A placed diagram as a file of SVG that stands by itself: no styles, fonts or scripts from elsewhere, and every text escaped. Pure.
import type { PlacedDiagram, PlacedEntity, PlacedRelation } from './layout.ts';

const COLORS = {
  surface: '#ffffff',
  border: '#c4c9d4',
  text: '#1b2233',
  quiet: '#667085',
  line: '#8a93a6',
  custom: '#4263eb',
};

/** For texts and attributes; control characters, which XML has none of, are left out. */
const escaped = (text: string): string =>
  text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

const round = (value: number): number => Math.round(value * 10) / 10;

function entityShape({ name, label, x, y, width, height, custom }: PlacedEntity): string {
  const stroke = custom ? COLORS.custom : COLORS.border;
  return [
    `<g data-entity="${escaped(name)}">`,
    `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="6" fill="${COLORS.surface}" stroke="${stroke}"/>`,
    `<text x="${round(x + 12)}" y="${round(y + 22)}" font-size="13" font-weight="600" fill="${COLORS.text}">${escaped(label)}</text>`,
    `<text x="${round(x + 12)}" y="${round(y + 39)}" font-size="11" fill="${COLORS.quiet}">${escaped(name)}</text>`,
    '</g>',
  ].join('');
}

/** Path of a line through the points, its corners rounded. */
export function linePath(points: PlacedRelation['points']): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  const at = ({ x, y }: { readonly x: number; readonly y: number }): string => `${round(x)} ${round(y)}`;
  const parts = rest.map((point, index) => {
    const next = rest[index + 1];
    if (next === undefined) return `L${at(point)}`;
    return `Q${at(point)} ${at({ x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 })}`;
  });
  return `M${at(first)} ${parts.join(' ')}`;
}

function relationShape({ points, many, fields }: PlacedRelation): string {
  if (points.length === 0) return '';
  const line = linePath(points);
  const start = many ? ' marker-start="url(#many)"' : '';
  const end = many ? 'many' : 'one';
  const title = escaped(fields.join(', '));
  return `<path d="${line}" fill="none" stroke="${COLORS.line}"${start} marker-end="url(#${end})"><title>${title}</title></path>`;
}

const MARKERS = [
  '<defs>',
  `<marker id="one" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="${COLORS.line}"/></marker>`,
  `<marker id="many" viewBox="0 0 10 10" refX="5" refY="5" markerWidth="8" markerHeight="8" orient="auto"><circle cx="5" cy="5" r="4" fill="${COLORS.surface}" stroke="${COLORS.line}"/></marker>`,
  '</defs>',
].join('');

/** The diagram as text of an SVG file. */
export function svgOf({ width, height, entities, relations }: PlacedDiagram, title: string): string {
  const [w, h] = [Math.max(1, Math.ceil(width)), Math.max(1, Math.ceil(height))];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" font-family="Inter, system-ui, sans-serif" role="img">`,
    `<title>${escaped(title)}</title>`,
    MARKERS,
    `<rect width="${w}" height="${h}" fill="#f7f8fa"/>`,
    ...relations.map(relationShape),
    ...entities.map(entityShape),
    '</svg>',
    '',
  ].join('\n');
}
