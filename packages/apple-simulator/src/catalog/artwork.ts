import { createRandom } from '../core/random.ts';
import { encodePng, type Pixel } from './png.ts';
import type { CatalogTitle } from './title.ts';

const CELLS = 7;
const TRANSPARENT: Pixel = [0, 0, 0, 0];

/**
 * An icon drawn for a title: a rounded square in a color of its own with a mirrored pattern, white on
 * color for apps; books are drawn darker and square.
 * @param size pixels a side
 */
export function drawIcon(title: CatalogTitle, size: number): Buffer {
  const random = createRandom(Number(title.adamId) % 2 ** 31).fork('pattern');
  const background = backgroundOf(title);
  const foreground: Pixel = [255, 255, 255, 255];
  const half = Math.ceil(CELLS / 2);
  const pattern = Array.from({ length: CELLS * half }, () => random.chance(0.5));
  const radius = title.kind === 'app' ? size * 0.22 : 0;
  return encodePng(size, (x, y) => {
    if (outsideCorner(x, y, size, radius)) return TRANSPARENT;
    const column = cell(x, size);
    const row = cell(y, size);
    if (column === undefined || row === undefined) return background;
    return pattern[row * half + Math.min(column, CELLS - 1 - column)] ? foreground : background;
  });
}

/** The background as a hexadecimal color, as artwork descriptions give it. */
export function backgroundColor(title: CatalogTitle): string {
  const [red, green, blue] = backgroundOf(title);
  return [red, green, blue].map((part) => part.toString(16).padStart(2, '0')).join('');
}

function backgroundOf({ adamId, kind }: CatalogTitle): Pixel {
  const hue = createRandom(Number(adamId) % 2 ** 31).integer(0, 359);
  return color(hue, kind === 'app' ? 0.5 : 0.3);
}

/** Which cell of the pattern a coordinate falls into; the outer fifth belongs to none. */
function cell(position: number, size: number): number | undefined {
  const index = Math.floor(((position / size - 0.2) / 0.6) * CELLS);
  return index >= 0 && index < CELLS ? index : undefined;
}

function outsideCorner(x: number, y: number, size: number, radius: number): boolean {
  const inset = (position: number): number =>
    Math.max(radius - position - 0.5, position + 0.5 - (size - radius), 0);
  return Math.hypot(inset(x), inset(y)) > radius && radius > 0;
}

/** A color of a hue (degrees) and lightness (0 to 1) at a saturation of 60 %. */
function color(hue: number, lightness: number): Pixel {
  const strength = 0.6 * Math.min(lightness, 1 - lightness);
  const channel = (shift: number): number => {
    const step = (shift + hue / 30) % 12;
    const level = lightness - strength * Math.max(-1, Math.min(step - 3, 9 - step, 1));
    return Math.round(level * 255);
  };
  return [channel(0), channel(8), channel(4), 255];
}
