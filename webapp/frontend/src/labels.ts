// Names on drawings: each stands where it has room, so that none is cut and none covers another or a mark.
import L from "leaflet";
import { make } from "./figure";

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

/** A country: its number (ISO 3166-1), and the outer rings of its parts. */
export interface Area { code: string; rings: L.LatLng[][] }
export interface Place { at: L.LatLng; label: string; radius: number }

/** A country is named from so many px² on, and where the name is not much wider than what is seen of it. */
const [NAMED_FROM, WIDER] = [900, 1.9];
const MOST_COUNTRIES = 40;
/** What a name must not cover. */
const MARKS = ".leaflet-control, .spot, .here-name, .ties-drawn a:not([hidden]), .leaflet-popup";

/** Name the places that are shown and the countries around them, anew whenever the map has moved. */
export function nameAll(map: L.Map, areas: Area[], called: Map<string, string>, places: () => Place[]): () => void {
  const pane = map.createPane("names");
  pane.setAttribute("aria-hidden", "true");
  const redraw = (): void => {
    const [frame, size] = [map.getContainer(), map.getSize()];
    const marks = [...frame.querySelectorAll(MARKS)].map((each) => within(each, frame));
    const dots = [...frame.querySelectorAll(".tie-dot")].map((each) => within(each, frame));
    const lines = [...frame.querySelectorAll<SVGPathElement>(".tie-line")].flatMap(trace);
    const room = new Room(size.x, size.y, [...marks, ...dots, ...lines]);
    const own = places();
    const names = own.map(({ label }) => make("span", "place-label", label));
    const wide = seen(map, areas, size).filter(({ code }) => called.has(code)).slice(0, MOST_COUNTRIES);
    const lands = wide.map(({ code }) => make("span", "country-name", called.get(code)));
    pane.replaceChildren(...names, ...lands);
    const sizes = [...names, ...lands].map((each): Spot => [each.offsetWidth, each.offsetHeight]);
    const origin = map.containerPointToLayerPoint([0, 0]);
    const stand = (element: HTMLElement, boxes: Iterable<Box>): void => {
      const box = room.take(boxes);
      if (box) put(element, { ...box, x: box.x + origin.x, y: box.y + origin.y });
      else element.remove();
    };
    own.forEach(({ at, radius }, index) => {
      const { x, y } = map.latLngToContainerPoint(at);
      const [width = 0, height = 0] = sizes[index] ?? [];
      const name = names[index];
      if (name) stand(name, beside([x, y], radius, width, height));
    });
    wide.forEach(({ area, middle: [x, y] }, index) => {
      const [width = 0, height = 0] = sizes[names.length + index] ?? [];
      const name = lands[index];
      if (!name) return;
      const fits = width <= WIDER * Math.sqrt(area);
      stand(name, fits ? [0, 16, -16, 30, -30].map((down) => ({ x: x - width / 2, y: y - height / 2 + down, width, height })) : []);
    });
  };
  let asked = 0;
  const soon = () => {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(redraw);
  };
  map.on("zoomstart", () => { pane.hidden = true; });
  map.on("zoomend", () => { pane.hidden = false; });
  map.on("moveend zoomend resize layeradd layerremove popupopen popupclose", soon);
  redraw();
  return soon;
}

/** Where a line goes through, in small boxes. */
function trace(line: SVGPathElement): Box[] {
  const long = line.getTotalLength();
  return Array.from({ length: Math.ceil(long / 8) }, (_, at) => {
    const { x, y } = line.getPointAtLength(at * 8);
    return around([x, y], 2);
  });
}

interface Seen { code: string; area: number; middle: Spot }

/** What is seen of each country: the largest part within the frame, its area in px² and its middle; the largest first. */
function seen(map: L.Map, areas: Area[], size: L.Point): Seen[] {
  const view = map.getBounds();
  const frame = L.bounds([0, 0], [size.x, size.y]);
  const found: Seen[] = [];
  for (const { code, rings } of areas) {
    let best: Seen | undefined;
    for (const ring of rings) {
      if (!view.intersects(L.latLngBounds(ring))) continue;
      const cut = L.PolyUtil.clipPolygon(ring.map((at) => map.latLngToContainerPoint(at)), frame, false);
      const [area, middle] = centroid(cut);
      if (area >= NAMED_FROM && area > (best?.area ?? 0)) best = { code, area, middle };
    }
    if (best) found.push(best);
  }
  return found.sort((one, other) => other.area - one.area);
}

function centroid(points: L.Point[]): [area: number, middle: Spot] {
  let [twice, across, down] = [0, 0, 0];
  points.forEach(({ x, y }, at) => {
    const next = points[(at + 1) % points.length] ?? { x, y };
    const part = x * next.y - next.x * y;
    twice += part;
    across += (x + next.x) * part;
    down += (y + next.y) * part;
  });
  return twice ? [Math.abs(twice) / 2, [across / (3 * twice), down / (3 * twice)]] : [0, [0, 0]];
}
