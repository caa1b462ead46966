// Where names stand on drawings: each where it has room, so that none is cut and none covers another or a mark.

export interface Box { x: number; y: number; width: number; height: number }
export type Spot = [x: number, y: number];
/** Nothing is nearer to a name, in px. */
export const GAP = 3;

export const meet = (one: Box, other: Box): boolean =>
  one.x < other.x + other.width + GAP && other.x < one.x + one.width + GAP
  && one.y < other.y + other.height + GAP && other.y < one.y + one.height + GAP;

export const around = ([x, y]: Spot, radius: number): Box => ({ x: x - radius, y: y - radius, width: 2 * radius, height: 2 * radius });

/** Where an element stands in a frame. */
export function within(element: Element, frame: Element): Box {
  const [own, outer] = [element.getBoundingClientRect(), frame.getBoundingClientRect()];
  return { x: own.left - outer.left, y: own.top - outer.top, width: own.width, height: own.height };
}

export function put(element: HTMLElement, { x, y }: Box): void {
  element.style.translate = `${Math.round(x)}px ${Math.round(y)}px`;
}

/** Where a name may stand beside a mark of a radius: right, left, below, above, and at the corners. */
export function* beside([x, y]: Spot, radius: number, width: number, height: number): Generator<Box> {
  const off = radius + 4;
  const corner = radius * 0.7 + 3;
  for (const [left, top] of [
    [x + off, y - height / 2], [x - off - width, y - height / 2], [x - width / 2, y + off], [x - width / 2, y - off - height],
    [x + corner, y + corner - 4], [x + corner, y - corner - height + 4], [x - corner - width, y + corner - 4], [x - corner - width, y - corner - height + 4],
  ] as const) yield { x: left, y: top, width, height };
}

/** Room in a frame: what is taken there, and whether a box fits beside it. */
export class Room {
  constructor(private readonly width: number, private readonly height: number, private readonly taken: Box[]) {}
  fits(box: Box): boolean {
    return box.x >= GAP && box.y >= GAP && box.x + box.width <= this.width - GAP && box.y + box.height <= this.height - GAP
      && !this.taken.some((other) => meet(box, other));
  }
  /** Take the first of some boxes that fits. */
  take(boxes: Iterable<Box>): Box | undefined {
    for (const box of boxes) {
      if (!this.fits(box)) continue;
      this.taken.push(box);
      return box;
    }
    return undefined;
  }
}
