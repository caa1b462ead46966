// Ties on a map: named places, and between them arrows that say what ties them. Nothing overlaps, nothing is cut.
import L from "leaflet";
import { make } from "./figure";
import { GAP, around, meet, put, within, type Box, type Spot } from "./boxes";

export interface Line {
  geometry: { type: "LineString"; coordinates: [number, number][] };
  properties: { label: string; number: number; url: string; ends: [number, number] };
}
export interface Named { at: L.LatLng; label: string; url: string }

const SVG = "http://www.w3.org/2000/svg";
/** Names stand so far from their places, in px; from the second distance on a thin line leads to the place. */
const AWAY = [9, 24, 42, 64, 90, 120];
const TURNS = 16;
/** Where along an arrow its name may stand, and how far beside it. */
const ALONG = [0.5, 0.45, 0.55, 0.4, 0.6, 0.35, 0.65, 0.3, 0.7, 0.25, 0.75, 0.2, 0.8];
const BESIDE = [0, 14, -14, 26, -26];
/** How much an arrow bends, and how far from a place it ends. */
const [BEND, SHORT] = [0.16, 8];
const DOT = 5;
/** An arrow that is longer, in px, has room for its words where not all have. */
const LONG = 110;

function drawn(name: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

/** A bent line from one place to another, as its points and where it goes through. */
class Bow {
  private readonly middle: Spot;
  constructor(private readonly start: Spot, private readonly end: Spot) {
    const [dx, dy] = [end[0] - start[0], end[1] - start[1]];
    this.middle = [(start[0] + end[0]) / 2 + dy * BEND * 2, (start[1] + end[1]) / 2 - dx * BEND * 2];
  }
  at(part: number): Spot {
    const rest = 1 - part;
    const on = (one: number, two: number, three: number) => rest * rest * one + 2 * rest * part * two + part * part * three;
    return [on(this.start[0], this.middle[0], this.end[0]), on(this.start[1], this.middle[1], this.end[1])];
  }
  get length(): number { return Math.hypot(this.end[0] - this.start[0], this.end[1] - this.start[1]); }
  /** As a path that ends before both places. */
  path(): string {
    const cut = Math.min(SHORT / Math.max(this.length, 1), 0.4);
    const points = Array.from({ length: 25 }, (_, at) => this.at(cut + (at / 24) * (1 - 2 * cut)));
    return `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}`;
  }
  passes(box: Box): boolean {
    for (let at = 0; at <= 40; at += 1) if (meet(around(this.at(at / 40), 0), box)) return true;
    return false;
  }
}

/** Draw the ties over a map, anew whenever it has moved. The list beside the map has the same links for the keyboard. */
export function tie(map: L.Map, places: Named[], lines: Line[]): void {
  const layer = make("div", "ties-drawn");
  layer.setAttribute("aria-hidden", "true");
  const picture = drawn("svg", {});
  layer.append(picture);
  map.getContainer().append(layer);
  const name = (text: string, url: string, kind: string) => {
    const made = make("a", kind, text);
    made.href = url;
    made.tabIndex = -1;
    layer.append(made);
    return made;
  };
  const labels = places.map(({ label, url }) => name(label, url, "place-name"));
  const words = lines.map(({ properties }) => name(`${properties.number} ${properties.label}`, properties.url, "tie-name"));
  const redraw = () => {
    const size = map.getSize();
    const spot = (at: L.LatLng): Spot => { const { x, y } = map.latLngToContainerPoint(at); return [x, y]; };
    const dots = apart(places.map(({ at }) => spot(at)));
    // By the points, which stand side by side across the 180th meridian, too.
    const bows = lines.map(({ properties: { ends: [start, end] } }) => new Bow(dots[start] ?? [0, 0], dots[end] ?? [0, 0]));
    const controls = [...layer.parentElement?.querySelectorAll(".leaflet-control") ?? []].map((each) => within(each, layer));
    const crossed = (box: Box) => bows.filter((bow) => bow.passes(box)).length;
    /** Put the names of the arrows, whole or as numbers, then those of the places; say how many found no room. */
    const lay = (whole: (at: number) => boolean): number => {
      const taken = [...controls];
      const fits = (box: Box) => box.x >= GAP && box.y >= GAP && box.x + box.width <= size.x - GAP && box.y + box.height <= size.y - GAP
        && !taken.some((other) => meet(box, other)) && !dots.some((dot) => meet(box, around(dot, DOT)));
      let without = 0;
      const stand = (element: HTMLElement, boxes: Iterable<Box>, own: number): Box | undefined => {
        const box = best(boxes, fits, (each) => crossed(each) - own);
        element.hidden = !box;
        if (box) {
          taken.push(box);
          put(element, box);
        } else without += 1;
        return box;
      };
      words.forEach((word, at) => {
        const { label, number } = lines[at]?.properties ?? { label: "", number: 0 };
        word.hidden = false;
        word.textContent = whole(at) ? `${number} ${label}` : String(number);
        stand(word, along(bows[at], word.offsetWidth, word.offsetHeight), 1);
      });
      const leads = dots.map(([x, y], at) => {
        const label = labels[at];
        if (!label) return undefined;
        label.hidden = false;
        const box = stand(label, about([x, y], label.offsetWidth, label.offsetHeight), 0);
        if (!box) return undefined;
        const [left, top] = [Math.min(Math.max(x, box.x), box.x + box.width), Math.min(Math.max(y, box.y), box.y + box.height)];
        return Math.hypot(left - x, top - y) > (AWAY[0] ?? 0) + 2 ? drawn("path", { class: "tie-lead", d: `M${x} ${y}L${left} ${top}` }) : undefined;
      });
      picture.replaceChildren(
        head(),
        ...bows.map((bow) => drawn("path", { class: "tie-line", d: bow.path(), "marker-end": "url(#tie-head)" })),
        ...leads.filter((each) => each !== undefined),
        ...dots.map(([cx, cy]) => drawn("circle", { class: "tie-dot", cx, cy, r: DOT })),
      );
      return without;
    };
    // Long arrows have room for their words, short ones for their number; where even that is too much, all have numbers.
    const long = (at: number) => (bows[at]?.length ?? 0) > LONG;
    if (lay(() => true) && lay(long)) lay(() => false);
  };
  map.on("zoomstart", () => { layer.hidden = true; });
  map.on("zoomend", () => { layer.hidden = false; });
  map.on("move zoomend moveend resize", redraw);
  redraw();
}

/** Move places that would cover each other as far apart as their dots are wide: on a telephone that is a few px. */
function apart(dots: Spot[]): Spot[] {
  const moved = dots.map(([x, y]): Spot => [x, y]);
  for (let turn = 0; turn < 12; turn += 1) for (const [at, one] of moved.entries()) for (const other of moved.slice(at + 1)) {
    const [dx, dy] = [other[0] - one[0], other[1] - one[1]];
    const distance = Math.hypot(dx, dy);
    const lacking = (2 * DOT + 1 - distance) / 2;
    if (lacking <= 0) continue;
    const [across, down] = distance ? [dx / distance, dy / distance] : [0, 1];
    one[0] -= across * lacking;
    one[1] -= down * lacking;
    other[0] += across * lacking;
    other[1] += down * lacking;
  }
  return moved;
}

/** Where a name may stand around a place: the nearest first, and beside rather than above. */
function* about([x, y]: Spot, width: number, height: number): Generator<Box> {
  for (const away of AWAY) {
    for (let turn = 0; turn < TURNS; turn += 1) {
      const angle = ((turn % 2 ? -1 : 1) * Math.ceil(turn / 2) * 2 * Math.PI) / TURNS;
      const [right, down] = [Math.cos(angle), Math.sin(angle)];
      yield { x: x + right * (away + width / 2) - width / 2, y: y + down * (away + height / 2) - height / 2, width, height };
    }
  }
}

function* along(bow: Bow | undefined, width: number, height: number): Generator<Box> {
  if (!bow) return;
  for (const beside of BESIDE) for (const part of ALONG) {
    const [x, y] = bow.at(part);
    yield { x: x - width / 2, y: y - height / 2 + beside, width, height };
  }
}

/** The first box that fits and that the fewest arrows cross. */
function best(boxes: Iterable<Box>, fits: (box: Box) => boolean, crossed: (box: Box) => number): Box | undefined {
  let [found, least] = [undefined as Box | undefined, Infinity];
  for (const box of boxes) {
    if (!fits(box)) continue;
    const crossings = crossed(box);
    if (crossings <= 0) return box;
    if (crossings < least) [found, least] = [box, crossings];
  }
  return found;
}

function head(): SVGElement {
  const marker = drawn("marker", { id: "tie-head", viewBox: "0 0 8 8", refX: 6, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" });
  marker.append(drawn("path", { class: "tie-head", d: "M0 0L8 4L0 8z" }));
  return marker;
}
