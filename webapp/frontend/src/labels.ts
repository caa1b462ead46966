// Names on maps: of the places that are shown, and of the countries around them.
import L from "leaflet";
import { Room, around, beside, put, within, type Box, type Spot } from "./boxes";
import { make } from "./figure";

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
