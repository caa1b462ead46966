// Networks: things and what joins them. What is drawn stands in a list of links too, which the keyboard goes through.
import cytoscape, { type Core, type NodeSingular } from "cytoscape";
import fcose from "cytoscape-fcose";
import { ground, make, read, still, style } from "./figure";
import { Room, beside, put, type Box, type Spot } from "./boxes";

interface Network {
  centre: string;
  nodes: { id: string; label: string; kind: string; url?: string }[];
  edges: { source: string; target: string; label?: string }[];
}

/** Kind → colour of tokens.css and shape, as kinds.css has them. */
const LOOKS: Record<string, [string, cytoscape.Css.NodeShape]> = {
  practice: ["practice", "ellipse"], institution: ["institution", "diamond"], instrument: ["instrument", "rectangle"],
  theme: ["theme", "hexagon"], person: ["person", "triangle"], event: ["event", "star"],
  source: ["source", "vee"], claim: ["source", "vee"],
  ...each(["organisation", "network", "association"], ["organisation", "pentagon"]),
  ...each(["city", "country", "region", "department", "island", "government", "place"], ["place", "round-rectangle"]),
};
function each<T>(names: string[], value: T): Record<string, T> {
  return Object.fromEntries(names.map((name) => [name, value]));
}

/** Names in px, whatever the zoom; nodes in px: as they are drawn, and as the farthest view draws them. */
const NAME = 12;
const [NODE, CENTRE, LEAST_NODE] = [20, 32, 9];
/** A figure that is narrower, in px, is drawn in one column, or closer together. */
const NARROW = 600;
/** The margin around what is drawn, the height of a row at least, and how wide the gap is between the two columns. */
const [EDGE, ROW, BETWEEN] = [14, 26, 0.3];
/** A column of rows is so wide at least, and what joins its nodes has so much room on their left. */
const [COLUMN, GUTTER] = [310, 64];
/** No drawing is begun closer than this. */
const CLOSEST = 1.25;

cytoscape.use(fcose);

/** Draw the network of a figure. */
export async function draw(figure: HTMLElement): Promise<void> {
  const [network] = await Promise.all([read<Network>(figure.dataset.network ?? ""), style(figure)]);
  if (network.nodes.length < 2) throw new Error("a network of less than two");
  figure.hidden = false;
  const area = ground(figure, ".network-ground");
  const container = make("div", "network-drawing");
  area.append(container);
  const known = new Set(network.nodes.map(({ id }) => id));
  const cy = cytoscape({
    container,
    elements: {
      nodes: network.nodes.map((node, at) => ({
        data: { ...node, shape: LOOKS[node.kind]?.[1] ?? "ellipse" },
        position: around(at, network.nodes.length, node.id === network.centre),
        classes: node.id === network.centre ? "centre" : "",
      })),
      edges: network.edges
        .filter(({ source, target }) => known.has(source) && known.has(target))
        .map((edge, at) => ({ data: { id: `edge ${at}`, label: "", ...edge } })),
    },
    layout: { name: "preset" }, // the one by default is a grid, and would take the places
    minZoom: 0.2, maxZoom: 3, userZoomingEnabled: false, boxSelectionEnabled: false, autounselectify: true,
  });
  const paint = () => cy.style(looks(figure));
  paint();
  const labels = new Labels(cy, area);
  const star = isStar(cy);
  const begin = () => {
    area.style.height = "";
    cy.resize();
    // Where not every name has room in a free drawing, the nodes are set in rows, in which all have.
    const free = !star && (spread(cy), labels.place() === 0);
    if (star) fan(cy, area, labels);
    else if (!free) rows(cy, area, labels);
    labels.place();
    // What is as high as it needs to be must not keep a finger from moving on over it.
    cy.userPanningEnabled(free).autoungrabify(!free);
  };
  begin();
  let width = cy.width();
  new ResizeObserver(() => {
    if (Math.abs(container.clientWidth - width) < 1) return; // its own height is no reason to begin anew
    width = container.clientWidth;
    begin();
  }).observe(container);
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) matchMedia(query).addEventListener("change", paint);
  cy.on("viewport position", () => labels.place());
  cy.on("tap", "node", ({ target }) => {
    const url = (target as NodeSingular).data("url") as string | undefined;
    if (url) location.assign(url);
  });
  cy.on("mouseover", "node[url]", () => { container.style.cursor = "pointer"; }).on("mouseout", "node", () => { container.style.cursor = ""; });
  cy.on("mouseover", "node", ({ target }) => labels.show((target as NodeSingular).id())).on("mouseout", "node", () => labels.show());
  area.prepend(tools(figure, cy, begin), names(cy, labels));
}

/** Say whether everything is joined to the centre alone. */
function isStar(cy: Core): boolean {
  const centre = cy.nodes(".centre").toArray()[0];
  if (!centre || cy.edges().length === 0) return false;
  const joined = cy.edges().toArray().map((edge) => [edge.source().id(), edge.target().id()]);
  return joined.every((ends) => ends.includes(centre.id())) && new Set(joined.flat()).size === cy.nodes().length;
}

/**
 * Draw a centre and what is around it as two columns, or one where it is narrow, each name in a row beside its node: so
 * all of them can be read, however many there are. The figure becomes as high as they need.
 */
function fan(cy: Core, area: HTMLElement, labels: Labels): void {
  const centre = cy.nodes(".centre").toArray()[0];
  if (!centre) return;
  const others = cy.nodes().toArray().filter((node) => node.id() !== centre.id());
  const narrow = cy.width() < NARROW;
  const left = narrow ? [] : others.slice(0, Math.ceil(others.length / 2));
  const right = others.slice(left.length);
  const gap = cy.width() * BETWEEN;
  const columns = narrow ? [{ held: right, x: EDGE + 42, side: 1 }] : [
    { held: left, x: (cy.width() - gap) / 2, side: -1 }, { held: right, x: (cy.width() + gap) / 2, side: 1 },
  ];
  const room = narrow ? cy.width() - EDGE - 42 - NODE : (cy.width() - gap) / 2 - NODE;
  const head = Math.max(CENTRE, labels.measure(centre.id(), narrow ? room : gap - NODE - 4 * EDGE)[1]);
  const top = narrow ? head + 2 * EDGE : 0;
  const rows = columns.map(({ held }) => held.map((node) => Math.max(ROW, labels.measure(node.id(), room - EDGE)[1] + 8)));
  const high = Math.max(...rows.map((each) => each.reduce((sum, row) => sum + row, 0)), CENTRE) + 2 * EDGE + top;
  heighten(cy, area, high);
  columns.forEach(({ held, x, side }, column) => {
    const own = rows[column] ?? [];
    const sum = own.reduce((total, row) => total + row, 0);
    const more = narrow ? 0 : Math.min((cy.height() - 2 * EDGE - sum) / Math.max(own.length, 1), ROW);
    let y = narrow ? top + EDGE : (cy.height() - sum - more * own.length) / 2;
    held.forEach((node, at) => {
      const row = (own[at] ?? ROW) + more;
      node.position({ x, y: y + row / 2 });
      node.data("side", side);
      y += row;
    });
  });
  centre.position(narrow ? { x: EDGE + CENTRE / 2, y: EDGE + head / 2 } : { x: cy.width() / 2, y: cy.height() / 2 });
  centre.data("side", narrow ? 1 : 0);
  cy.edges().style({ "curve-style": "straight" });
  cy.viewport({ zoom: 1, pan: { x: 0, y: 0 } });
}

/** Let a figure be as high as its drawing needs, where it is not. */
function heighten(cy: Core, area: HTMLElement, high: number): void {
  if (high <= cy.height()) return;
  area.style.height = `${area.offsetHeight + high - cy.height()}px`;
  cy.resize();
}

/** Set all nodes in rows, in as many columns as there is room for, what hangs together in one; bows on the left join them. */
function rows(cy: Core, area: HTMLElement, labels: Labels): void {
  const count = Math.max(1, Math.floor(cy.width() / COLUMN));
  const wide = cy.width() / count;
  const gutter = Math.min(GUTTER, wide * 0.22);
  const ends = new Array<number>(count).fill(EDGE);
  const pieces = cy.elements().components().sort((one, other) => other.nodes().length - one.nodes().length);
  for (const piece of pieces) {
    const column = ends.indexOf(Math.min(...ends));
    let y = ends[column] ?? EDGE;
    for (const node of inTurn(piece.nodes().toArray())) {
      const row = Math.max(ROW, labels.measure(node.id(), wide - gutter - NODE - 2 * EDGE)[1] + 8);
      node.position({ x: column * wide + gutter, y: y + row / 2 });
      node.data("side", 1);
      y += row;
    }
    ends[column] = y + ROW / 2;
  }
  heighten(cy, area, Math.max(...ends));
  for (const edge of cy.edges().toArray()) {
    const down = edge.target().position("y") - edge.source().position("y");
    const bow = Math.min(8 + Math.abs(down) * 0.3, 2 * (gutter - EDGE)); // half of it is seen
    edge.style({ "curve-style": "unbundled-bezier", "control-point-distances": down > 0 ? bow : -bow, "control-point-weights": 0.5 });
  }
  cy.viewport({ zoom: 1, pan: { x: 0, y: 0 } });
}

/** Nodes that hang together, each after one that it is joined to: the one with most ties first. */
function inTurn(nodes: NodeSingular[]): NodeSingular[] {
  const found: NodeSingular[] = [];
  const known = new Set<string>();
  const go = (node: NodeSingular): void => {
    if (known.has(node.id())) return;
    known.add(node.id());
    found.push(node);
    for (const next of node.neighborhood().nodes().toArray()) go(next);
  };
  for (const node of nodes.toSorted((one, other) => other.degree(false) - one.degree(false))) go(node);
  return found;
}

/** Lay out a network that has no centre for all, as large as the figure has room for it and its names. */
function spread(cy: Core): void {
  const narrow = cy.width() < NARROW;
  cy.nodes().removeData("side");
  cy.edges().removeStyle();
  arrange(cy, narrow);
  cy.fit(undefined, narrow ? 34 : 48);
  if (cy.zoom() > CLOSEST) cy.zoom(CLOSEST).center();
}

/**
 * Lay out what hangs together by itself, then set the pieces in rows, the largest first, as large as the figure has room.
 * The same data give the same drawing: the places to start from are fixed, and nothing is random.
 */
function arrange(cy: Core, narrow: boolean): void {
  const options = {
    name: "fcose", randomize: false, animate: false, fit: false, quality: "proof",
    idealEdgeLength: () => (narrow ? 70 : 120), nodeRepulsion: () => (narrow ? 20000 : 60000), gravity: 0.1, numIter: 4000,
  };
  const pieces = cy.elements().components().sort((one, other) => other.nodes().length - one.nodes().length);
  for (const piece of pieces) piece.layout(options as cytoscape.LayoutOptions).run();
  if (pieces.length < 2) return;
  const boxes = pieces.map((piece) => piece.boundingBox());
  const widths = boxes.map((_, at) => boxes.slice(0, at + 1).reduce((sum, { w }) => sum + w + GAP, 0));
  const tried = widths.map((width) => shelve(boxes, width));
  const scale = ({ w, h }: Shelves) => Math.min(cy.width() / w, cy.height() / h);
  const best = tried.reduce((one, other) => (scale(other) > scale(one) ? other : one));
  pieces.forEach((piece, at) => {
    const [{ x1, y1 }, { x, y }] = [boxes[at] ?? { x1: 0, y1: 0 }, best.places[at] ?? { x: 0, y: 0 }];
    piece.nodes().positions((node) => ({ x: node.position("x") - x1 + x, y: node.position("y") - y1 + y }));
  });
}

/** The names of the nodes, as text over the drawing: as large at any zoom, and only where there is room for them. */
class Labels {
  private readonly held = new Map<string, HTMLElement>();
  private readonly layer = make("div", "network-labels");
  private shown = "";
  constructor(private readonly cy: Core, area: HTMLElement) {
    this.layer.setAttribute("aria-hidden", "true");
    area.querySelector(".network-drawing")?.append(this.layer);
    for (const node of cy.nodes().toArray()) {
      const name = make("span", node.hasClass("centre") ? "network-name centre" : "network-name", node.data("label") as string);
      this.held.set(node.id(), name);
      this.layer.append(name);
    }
  }
  /** Let a name be no wider, and return its size. */
  measure(id: string, width: number): Spot {
    const name = this.held.get(id);
    if (!name) return [0, 0];
    name.style.maxWidth = `${Math.max(width, 40)}px`;
    return [name.offsetWidth, name.offsetHeight];
  }
  /** Show a name above all others, whether it has room or not; without one, none. */
  show(id = ""): void {
    this.shown = id;
    this.place();
  }
  /** Put the names where they have room; return how many have none. */
  place(): number {
    let without = 0;
    const zoom = this.cy.zoom();
    const grown = Math.max(1, LEAST_NODE / (NODE * zoom));
    this.cy.nodes().style({ width: NODE * grown, height: NODE * grown });
    this.cy.nodes(".centre").style({ width: CENTRE * grown, height: CENTRE * grown });
    const nodes = this.cy.nodes().toArray();
    const radius = (node: NodeSingular) => (node.renderedWidth() + 4) / 2;
    const spot = (node: NodeSingular): Spot => [node.renderedPosition().x, node.renderedPosition().y];
    const boxes = nodes.map((node): Box => ({ x: spot(node)[0] - radius(node), y: spot(node)[1] - radius(node), width: 2 * radius(node), height: 2 * radius(node) }));
    const room = new Room(this.cy.width(), this.cy.height(), boxes);
    const rank = (node: NodeSingular) => (node.id() === this.shown ? 2e9 : node.hasClass("centre") ? 1e9 : node.degree(false));
    for (const node of nodes.toSorted((one, other) => rank(other) - rank(one))) {
      const name = this.held.get(node.id());
      if (!name) continue;
      name.classList.remove("out");
      const [width, height] = [name.offsetWidth, name.offsetHeight];
      const tried = [...beside(spot(node), radius(node), width, height)];
      const side = node.data("side") as number | undefined;
      const wanted = side === 1 ? tried.slice(0, 1) : side === -1 ? tried.slice(1, 2) : [...tried.slice(2, 4), ...tried.slice(0, 2), ...tried.slice(4)];
      const box = room.take(wanted) ?? (node.id() === this.shown ? wanted[0] : undefined);
      if (!box) without += 1;
      name.classList.toggle("out", !box);
      name.classList.toggle("before", side === -1);
      name.classList.toggle("shown", node.id() === this.shown);
      if (box) put(name, box);
    }
    return without;
  }
}

interface Shelves { places: { x: number; y: number }[]; w: number; h: number }
const GAP = 40;

/** Set boxes in rows of a width, in their order: where each goes, and how much room all take. */
function shelve(boxes: { w: number; h: number }[], width: number): Shelves {
  let [x, y, high, wide] = [0, 0, 0, 0];
  const places = boxes.map(({ w, h }) => {
    if (x > 0 && x + w > width) [x, y, high] = [0, y + high + GAP, 0];
    const place = { x, y };
    [x, high, wide] = [x + w + GAP, Math.max(high, h), Math.max(wide, x + w)];
    return place;
  });
  return { places, w: wide, h: y + high };
}

/** Where a node stands before the layout: the centre in the middle, the others on a ring in their order. */
function around(at: number, count: number, centre: boolean): { x: number; y: number } {
  if (centre) return { x: 0, y: 0 };
  const angle = (2 * Math.PI * at) / count;
  return { x: 180 * Math.cos(angle), y: 180 * Math.sin(angle) };
}

function tools(figure: HTMLElement, cy: Core, fit: () => void): HTMLElement {
  const { zoomIn = "+", zoomOut = "−", whole = "⤢", save = "PNG" } = figure.dataset;
  const by = (factor: number) => () => {
    cy.userPanningEnabled(true);
    cy.zoom({ level: cy.zoom() * factor, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
  };
  const box = make("div", "network-tools");
  for (const [sign, name, act] of [["+", zoomIn, by(1.3)], ["−", zoomOut, by(1 / 1.3)], ["⤢", whole, fit], ["⤓", save, () => void keep(figure, cy)]] as const) {
    const button = make("button", "", sign);
    button.type = "button";
    button.setAttribute("aria-label", name);
    button.title = name;
    button.addEventListener("click", act);
    box.append(button);
  }
  return box;
}

/** Save the whole drawing, as it looks now, as a picture that is twice as fine. */
async function keep(figure: HTMLElement, cy: Core): Promise<void> {
  const ground = getComputedStyle(figure).getPropertyValue("--paper").trim();
  const named = cy.style(looks(figure, NAME / cy.zoom()));
  const picture = await cy.png({ output: "blob-promise", full: true, scale: 2, bg: ground, maxWidth: 6000, maxHeight: 6000 });
  if (named) cy.style(looks(figure));
  const link = make("a");
  link.href = URL.createObjectURL(picture);
  link.download = `${location.pathname.split("/").filter(Boolean).join("-")}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** The list of links that the keyboard goes through: Tab in its order, arrows to what is next in that direction. */
function names(cy: Core, labels: Labels): HTMLElement {
  const list = make("ul", "network-names hidden");
  const links = new Map<string, HTMLAnchorElement>();
  cy.nodes("[url]").forEach((node) => {
    const link = make("a", "", node.data("label") as string);
    link.href = node.data("url") as string;
    link.addEventListener("focus", () => {
      node.addClass("focused");
      labels.show(node.id());
      const box = node.renderedBoundingBox();
      const out = box.x1 < 0 || box.y1 < 0 || box.x2 > cy.width() || box.y2 > cy.height();
      if (out) cy.animate({ center: { eles: node }, duration: still ? 0 : 150 });
    });
    link.addEventListener("blur", () => {
      node.removeClass("focused");
      labels.show();
    });
    link.addEventListener("keydown", (event) => {
      const next = event.key.startsWith("Arrow") && towards(cy, node, event.key);
      if (!next) return;
      event.preventDefault();
      links.get(next.id())?.focus();
    });
    links.set(node.id(), link);
    const item = make("li");
    item.append(link);
    list.append(item);
  });
  return list;
}

/** Return the nearest node in the direction of an arrow key, what lies aside counting double. */
function towards(cy: Core, from: NodeSingular, key: string): NodeSingular | undefined {
  const [right, down] = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[key] ?? [0, 0];
  let best: NodeSingular | undefined;
  let least = Number.POSITIVE_INFINITY;
  cy.nodes("[url]").forEach((node) => {
    const x = node.position("x") - from.position("x");
    const y = node.position("y") - from.position("y");
    const ahead = x * (right ?? 0) + y * (down ?? 0);
    const cost = ahead + 2 * Math.abs(x * (down ?? 0) + y * (right ?? 0));
    if (ahead > 0 && cost < least) [best, least] = [node, cost];
  });
  return best;
}

/** The looks of nodes and edges, in the colours that hold now; with names, so large, for a picture that is saved. */
function looks(figure: HTMLElement, name = 0): cytoscape.StylesheetJson {
  const own = getComputedStyle(figure);
  const colour = (name: string) => own.getPropertyValue(`--${name}`).trim();
  const kinds = Object.entries(LOOKS).map(([kind, [name]]) => ({
    selector: `node[kind="${kind}"]`,
    style: { "background-color": colour(`kind-${name}`) },
  }));
  return [
    {
      selector: "node",
      style: {
        shape: "data(shape)" as cytoscape.Css.NodeShape, width: NODE, height: NODE, "background-color": colour("kind-other"),
        ...(name ? {
          label: "data(label)", color: colour("ink"), "font-family": own.fontFamily, "font-size": name, "text-wrap": "wrap",
          "text-max-width": `${10 * name}px`, "text-valign": "bottom", "text-margin-y": 4, "text-outline-color": colour("paper"), "text-outline-width": 2,
        } : {}),
      },
    },
    { selector: "edge", style: { width: 1.5, "line-color": colour("edge"), "curve-style": "bezier", opacity: 0.7 } },
    ...kinds,
    { selector: ".centre", style: { width: CENTRE, height: CENTRE, "font-weight": "bold", "border-width": 3, "border-color": colour("ink") } },
    { selector: ".focused", style: { "border-width": 4, "border-color": colour("focus") } },
  ] as cytoscape.StylesheetJson;
}
