// Maps: points from GeoJSON over our own outline of the land. Each point is a button in the order of the list beside it.
import L from "leaflet";
import "leaflet.markercluster";
import { feature } from "topojson-client";
import type { Topology } from "topojson-specification";
import coast from "coast:";
import land from "land:";
import { tie, type Line } from "./arrows";
import { ground, make, read, still, style } from "./figure";
import { nameAll, type Area, type Place } from "./labels";

interface Point {
  geometry: { type: "Point"; coordinates: [number, number] } | null;
  properties: { label: string; url: string; kind?: string; count?: number; shared?: number[]; detail?: string; cards?: Card[] };
}
/** A practice as a map shows it: the compact form of its card. */
interface Card { label: string; url: string; sentence: string }
interface Spot extends L.MarkerOptions {
  at: number;
  name: string;
  label: string;
  radius: number;
  count?: number;
  shared?: number[];
}

const MOST_ZOOM = 9;
/** From here on the coast is drawn as fine as there is. */
const FINE = 5;
const MOST_NAMES = 8;
const CREDIT = '<a href="https://www.naturalearthdata.com/">Natural Earth</a>';
/** The place of the page has its own mark; so many of its neighbours are in the first view, unless that would be half the earth. */
const NEIGHBOURS = 4;
const [LEAST_CLOSE, MOST_CLOSE] = [3, 6];
/** One looks closer, up to this, until no other place is under the mark, which takes so many px. */
const [CLOSEST, APART] = [8, 44];
/** The largest circle, and the smallest: with a number in it, or alone; in px. */
const [LARGEST, WITH_NUMBER, SMALLEST] = [26, 11, 5];
/** What a finger needs, in px. */
const FINGER = 24;
/** How far the map goes, in degrees from its middle; that is 0°, unless less than so much of the earth's turn is saved. */
const [REACH, SAVED] = [200, 20];
/** So far east or west the place of the page is the middle. */
const FAR = 100;
const AREAS = ["country", "region", "department", "island"];

/** Draw the map of a figure. */
export async function draw(figure: HTMLElement): Promise<void> {
  const [points, world] = await Promise.all([
    read<{ features: (Point | Line)[] }>(figure.dataset.map ?? ""),
    read<Topology>(new URL(land, import.meta.url).href),
    style(figure),
  ]);
  const placed = points.features.filter((each): each is Point => each.geometry?.type === "Point");
  const lines = points.features.filter((each): each is Line => each.geometry?.type === "LineString");
  if (placed.length === 0) throw new Error("a map without points");
  figure.hidden = false;
  const { tiles = "", credit = "", zoomIn = "+", zoomOut = "−", close = "×", size = "" } = figure.dataset;
  const here = placed.find(({ properties }) => properties.kind === "here");
  const middle = turn(placed, here);
  const map = L.map(ground(figure, ".map-ground"), {
    zoomControl: false, minZoom: 0, maxZoom: MOST_ZOOM, zoomSnap: 0.25, zoomDelta: 0.5, scrollWheelZoom: false, worldCopyJump: false,
    maxBounds: [[-75, middle - REACH], [86, middle + REACH]], maxBoundsViscosity: 0.8,
    zoomAnimation: !still, fadeAnimation: !still, markerZoomAnimation: !still, inertia: !still,
  });
  L.control.zoom({ zoomInTitle: zoomIn, zoomOutTitle: zoomOut }).addTo(map);
  map.attributionControl.setPrefix(false).addAttribution(CREDIT);
  // The wheel zooms once the map is used, so that who scrolls past is not held up.
  map.on("focus click", () => map.scrollWheelZoom.enable()).on("blur", () => map.scrollWheelZoom.disable());
  const shifts = middle ? [0, 360 * Math.sign(middle)] : [0];
  const areas = paint(map, world, shifts);
  const called = new Map((figure.dataset.countries ?? "").split(";").map((each) => [each.slice(0, 3), each.slice(4)]));
  if (tiles) L.tileLayer(tiles, { maxZoom: MOST_ZOOM, attribution: make("span", "", credit).outerHTML }).addTo(map);

  if (lines.length) {
    map.fitBounds(L.latLngBounds(placed.map(position)), { paddingTopLeft: [28, 40], paddingBottomRight: [28, 40], maxZoom: 5 });
    tie(map, placed.map((each) => ({ at: position(each), label: each.properties.label, url: each.properties.url })), lines);
    nameAll(map, areas, called, () => []);
    new ResizeObserver(() => map.invalidateSize()).observe(map.getContainer());
    return;
  }
  const scale = scaleOf(placed, size !== "");
  const spots = L.markerClusterGroup({
    showCoverageOnHover: false, maxClusterRadius: 56, animate: !still, spiderLegPolylineOptions: { className: "leg" },
    iconCreateFunction: (bunch) => {
      const own = spotsOf(bunch);
      return icon("spot bunch", tally(own), 14 + Math.min(Math.sqrt(own.length) * 2, 12));
    },
  });
  const others = placed.filter((each) => each !== here).map(position);
  placed.forEach((each, at) => {
    const made = spot(each, at, close, scale);
    if (each === here) standOut(made, each.properties.label, others[0]).addTo(map);
    else spots.addLayer(made);
  });
  spots.addTo(map);
  const order = () => inOrder(map);
  if (here) centre(map, position(here), others);
  else map.fitBounds(spots.getBounds(), { paddingTopLeft: [32, 32], paddingBottomRight: [32, 44], maxZoom: 5 });
  if (size) figure.querySelector("figcaption")?.after(legend(scale, size));
  const anew = nameAll(map, areas, called, () => alone(map));
  spots.on("animationend spiderfied unspiderfied", () => { order(); anew(); });
  map.on("zoomend moveend layeradd", () => requestAnimationFrame(order));
  order();
  map.getContainer().addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    (document.activeElement as HTMLElement | null)?.blur();
    map.closePopup();
  });
  new ResizeObserver(() => map.invalidateSize()).observe(map.getContainer());
}

/** Draw the land, as fine as the zoom asks for; return the countries as they are named. */
function paint(map: L.Map, world: Topology, shifts: number[]): Area[] {
  let drawn: L.GeoJSON[] = [];
  const lay = (topology: Topology): Area[] => {
    const countries = Object.values(topology.objects)[0];
    if (!countries) return [];
    const areas = whole(feature(topology, countries));
    // Another earth stands beside the first where one sees beyond the 180th meridian.
    const made = shifts.map((shift) => {
      const coordsToLatLng = ([east = 0, north = 0]: number[]) => L.latLng(north, east + shift);
      return L.geoJSON(areas, { coordsToLatLng, interactive: false, style: { className: "land", weight: 0.7, fillOpacity: 1 } }).addTo(map);
    });
    for (const each of drawn) each.remove();
    drawn = made;
    return made.flatMap((each) => each.getLayers().map((layer) => outline(layer as L.Polygon)));
  };
  let asked = false;
  const finer = (): void => {
    if (asked || map.getZoom() < FINE) return;
    asked = true;
    // Who looks closer keeps what there is until the finer coast has come, or if it does not come.
    read<Topology>(new URL(coast, import.meta.url).href).then(lay).catch(() => { asked = false; });
  };
  map.on("zoomend", finer);
  map.whenReady(finer);
  return lay(world);
}

/** Return the outer rings of a country. */
function outline(layer: L.Polygon): Area {
  const { id, geometry } = layer.feature ?? {};
  const held = layer.getLatLngs() as L.LatLng[][] | L.LatLng[][][];
  const parts = geometry?.type === "MultiPolygon" ? (held as L.LatLng[][][]) : [held as L.LatLng[][]];
  return { code: String(id ?? "").padStart(3, "0"), rings: parts.flatMap((part) => (part[0] ? [part[0]] : [])) };
}

/** The places that stand alone, as they are to be named. */
function alone(map: L.Map): Place[] {
  const found: (Place & { order: number })[] = [];
  map.eachLayer((layer) => {
    if (!(layer instanceof L.Marker) || layer instanceof L.MarkerCluster || layer.getTooltip()) return;
    const { label, radius, at } = layer.options as Spot;
    if (label && layer.getElement()) found.push({ at: layer.getLatLng(), label, radius, order: at });
  });
  return found.sort((one, other) => one.order - other.order);
}

/** How large a circle is: its area is in proportion to what is counted, or measured. */
interface Scale { most: number; measured: boolean; radius(value?: number): number }

function scaleOf(placed: Point[], measured: boolean): Scale {
  const most = Math.max(0, ...placed.map(({ properties }) => properties.count ?? 0));
  const least = measured ? SMALLEST : WITH_NUMBER;
  const radius = (value = 0) => (most > 0 && value > 0 ? Math.max(LARGEST * Math.sqrt(value / most), least) : least);
  return { most, measured, radius: (value) => (measured ? radius(value) : Math.min(radius(value), WITH_NUMBER * Math.sqrt(value || 1))) };
}

const written = new Intl.NumberFormat(document.documentElement.lang || "en", { maximumSignificantDigits: 3 });

/** What the areas of circles stand for: the largest value and a quarter of it. */
function legend({ most, radius }: Scale, size: string): HTMLElement {
  const made = make("p", "map-legend");
  made.append(make("span", "", size));
  for (const value of [most, most / 4]) {
    const shown = make("span", "legend-size");
    const circle = make("i", "legend-circle");
    circle.style.width = circle.style.height = `${2 * radius(value)}px`;
    shown.append(circle, make("span", "", written.format(value)));
    made.append(shown);
  }
  return made;
}

function icon(name: string, text: string, radius: number): L.DivIcon {
  const size = Math.round(radius * 2);
  return L.divIcon({ className: name, html: make("span", "", text), iconSize: [size, size] });
}

/** A circle of any size within what a finger can hit. */
function measured(name: string, radius: number): L.DivIcon {
  const inner = make("span", "dot");
  inner.style.width = inner.style.height = `${2 * radius}px`;
  const side = Math.max(FINGER, Math.round(2 * radius));
  return L.divIcon({ className: name, html: inner, iconSize: [side, side] });
}

function spotsOf(layer: L.Marker): Spot[] {
  const markers = layer instanceof L.MarkerCluster ? layer.getAllChildMarkers() : [layer];
  return markers.map((each) => each.options as Spot).sort((one, other) => one.at - other.at);
}

/** What a bunch of spots says: what they count together, each thing once, or how many they are where nothing is counted. */
function tally(spots: Spot[]): string {
  const told = spots.flatMap(({ shared = [] }) => shared);
  return String(spots.reduce((sum, { count }) => sum + (count ?? 1), 0) - (told.length - new Set(told).size));
}

/** Let points on both sides of the 180th meridian lie beside each other: turn the earth, and return what is in the middle. */
function turn(placed: Point[], here?: Point): number {
  const east = ({ geometry }: Point) => geometry?.coordinates[0] ?? 0;
  const shift = (each: Point, by: number) => { if (each.geometry) each.geometry.coordinates[0] += by; };
  if (here) {
    const middle = Math.abs(east(here)) > FAR ? east(here) : 0;
    if (middle) for (const each of placed) shift(each, 360 * Math.round((middle - east(each)) / 360));
    return middle;
  }
  const all = placed.map(east).sort((one, other) => one - other);
  const [west = 0, last = 0] = [all[0], all.at(-1)];
  const gaps = all.slice(1).map((each, at) => ({ after: each, wide: each - (all[at] ?? each) }));
  const gap = gaps.reduce((widest, each) => (each.wide > widest.wide ? each : widest), { after: west, wide: 0 });
  if (gap.wide - (west + 360 - last) < SAVED) return 0;
  const middle = (gap.after + (gap.after + 360 - gap.wide)) / 2;
  const back = middle > 180 ? -360 : 0;
  for (const each of placed) shift(each, (east(each) < gap.after ? 360 : 0) + back);
  return middle + back;
}

function position({ geometry }: Point): L.LatLng {
  const [east, north] = geometry?.coordinates ?? [0, 0];
  return L.latLng(north, east);
}

/** Let the place of the page be told from the others: it is above them, and its name is written, away from the nearest. */
function standOut(marker: L.Marker, label: string, nearest?: L.LatLng): L.Marker {
  const below = nearest !== undefined && nearest.lat > marker.getLatLng().lat;
  const where: L.TooltipOptions = below ? { direction: "bottom", offset: [0, 14] } : { direction: "top", offset: [0, -14] };
  return marker.setZIndexOffset(1000).bindTooltip(make("span", "", label), { permanent: true, className: "here-name", ...where });
}

/** Look at the place of the page, in the middle, from where one sees the nearest of the others, which are in this order. */
function centre(map: L.Map, here: L.LatLng, others: L.LatLng[]): void {
  const bounds = L.latLngBounds([here]);
  for (const { lat, lng } of others.slice(0, NEIGHBOURS)) bounds.extend([lat, lng]).extend([2 * here.lat - lat, 2 * here.lng - lng]);
  let zoom = Math.min(Math.max(map.getBoundsZoom(bounds, false, L.point(24, 24)), LEAST_CLOSE), MOST_CLOSE);
  const near = (other: L.LatLng) => map.project(here, zoom).distanceTo(map.project(other, zoom)) < APART;
  while (zoom < CLOSEST && others.some(near)) zoom += 0.5;
  map.setView(here, STEPS.map((step) => zoom + step).find((each) => !others.some((other) => cut(map, here, other, each))) ?? zoom);
}

/** How much closer or farther one may look so that the edge of the map cuts no mark. */
const STEPS = [0, 0.25, -0.25, 0.5, -0.5, 0.75, -0.75, 1, -1];

/** Whether the edge of the map would cut the mark of a place, were another one in its middle. */
function cut(map: L.Map, here: L.LatLng, other: L.LatLng, zoom: number): boolean {
  const half = map.getSize().divideBy(2);
  const off = map.project(other, zoom).subtract(map.project(here, zoom));
  const [right, down] = [Math.abs(off.x) - half.x, Math.abs(off.y) - half.y];
  return Math.max(right, down) > -APART / 2 && Math.max(right, down) < APART / 2;
}

function spot(point: Point, at: number, close: string, scale: Scale): L.Marker {
  const { label, url, kind = "", count, shared, detail = "", cards = [] } = point.properties;
  const name = detail ? `${label}: ${detail}` : scale.measured && count !== undefined ? `${label}: ${written.format(count)}` : label;
  const form = kind === "here" ? " here" : scale.measured ? " sized" : AREAS.includes(kind) ? " square" : "";
  const radius = kind === "here" ? WITH_NUMBER + 1 : scale.radius(count);
  const options: Spot = { icon: scale.measured ? measured(`spot${form}`, radius) : icon(`spot${form}`, count ? String(count) : "", radius), at, name, label, radius };
  if (count !== undefined && !scale.measured) options.count = count; // measures are not added up
  if (shared) options.shared = shared;
  const made = L.marker(position(point), options);
  const said = make("div");
  const link = make("a", "", label);
  link.href = url;
  said.append(link);
  if (detail) said.append(make("p", "", detail));
  else if (scale.measured && count !== undefined) said.append(make("p", "", written.format(count)));
  for (const each of cards) said.append(card(each));
  made.bindPopup(said, { autoPanPadding: [20, 20], maxWidth: 280, maxHeight: 260 });
  made.on("popupopen", ({ popup }) => {
    const button = (popup as L.Popup).getElement()?.querySelector(".leaflet-popup-close-button");
    button?.setAttribute("aria-label", close);
    link.focus({ preventScroll: true });
  });
  made.on("popupclose", () => {
    // Who was in the popup is where it was opened from, not at the top of the page.
    requestAnimationFrame(() => {
      if (document.activeElement === document.body) made.getElement()?.focus({ preventScroll: true });
    });
  });
  return made;
}

function card({ label, url, sentence }: Card): HTMLElement {
  const told = make("div", "practice-card card-row");
  const name = make("a", "", label);
  name.href = url;
  told.append(name);
  if (sentence) told.append(make("p", "card-sentence", sentence));
  return told;
}

/** Let a country that crosses the 180th meridian go on beyond it, as the outlines are those of a globe. */
function whole<T extends GeoJSON.GeoJsonObject>(areas: T): T {
  const ring = (points: number[][]): void => {
    let before = points[0]?.[0] ?? 0;
    for (const point of points) {
      const east = point[0] ?? 0;
      point[0] = before = east - before > 180 ? east - 360 : east - before < -180 ? east + 360 : east;
    }
  };
  for (const { geometry } of (areas as unknown as GeoJSON.FeatureCollection).features) {
    if (geometry?.type === "Polygon") geometry.coordinates.forEach(ring);
    if (geometry?.type === "MultiPolygon") geometry.coordinates.flat().forEach(ring);
  }
  return areas;
}

/** Name every marker, and put them into the order of the list, which is that of the Tab key. */
function inOrder(map: L.Map): void {
  const shown: { at: number; element: HTMLElement }[] = [];
  map.eachLayer((layer) => {
    if (!(layer instanceof L.Marker)) return;
    const element = layer.getElement();
    if (!element) return;
    const own = spotsOf(layer);
    const names = own.slice(0, MOST_NAMES).map(({ name }) => name).join("; ");
    element.setAttribute("aria-label", own.length > 1 ? `${tally(own)}: ${names}${own.length > MOST_NAMES ? " …" : ""}` : names);
    shown.push({ at: own[0]?.at ?? 0, element });
  });
  shown.sort((one, other) => one.at - other.at);
  const pane = map.getPane("markerPane");
  const focused = document.activeElement;
  shown.forEach(({ element }, index) => {
    if (pane && pane.children[index] !== element) pane.insertBefore(element, pane.children[index] ?? null);
  });
  if (focused instanceof HTMLElement && focused !== document.activeElement && pane?.contains(focused)) {
    focused.focus({ preventScroll: true });
  }
}
