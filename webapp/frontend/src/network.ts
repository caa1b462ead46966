// Networks: things and what joins them. What is drawn stands in a list of links too, which the keyboard goes through.
import cytoscape, { type Core, type NodeSingular } from "cytoscape";
import fcose from "cytoscape-fcose";
import { ground, make, read, still, style } from "./figure";

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

/** Names in px: as they are drawn, and the least at which they can be read; those that would be smaller are left out. */
const [NAME, LEAST_NAME] = [12, 9];
/** A figure that is narrower, in px, is drawn closer together. */
const NARROW = 560;
const NEAR = 8;

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
  const narrow = cy.width() < NARROW;
  const paint = () => cy.style(looks(figure, narrow));
  paint(); // first, since the names need room
  arrange(cy, narrow);
  if (narrow) stand(cy);
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) matchMedia(query).addEventListener("change", paint);
  const fit = () => cy.resize().fit(undefined, narrow ? NEAR : 28);
  // What does not fit with names that can be read is begun at its centre: one moves on from there, or asks for the whole.
  const begin = () => {
    fit();
    if (cy.zoom() * NAME >= LEAST_NAME) return;
    const centre = cy.nodes(".centre");
    cy.zoom(LEAST_NAME / NAME).center(centre.nonempty() ? centre : undefined);
  };
  begin();
  new ResizeObserver(begin).observe(area);
  cy.on("tap", "node", ({ target }) => {
    const url = (target as NodeSingular).data("url") as string | undefined;
    if (url) location.assign(url);
  });
  cy.on("mouseover", "node[url]", () => { container.style.cursor = "pointer"; }).on("mouseout", "node", () => { container.style.cursor = ""; });
  area.prepend(tools(figure, cy, fit), names(cy));
}

/**
 * Lay out what hangs together by itself, then set the pieces in rows, the largest first, as large as the figure has room.
 * The same data give the same drawing: the places to start from are fixed, and nothing is random.
 */
function arrange(cy: Core, narrow: boolean): void {
  const options = {
    name: "fcose", randomize: false, animate: false, fit: false, quality: "proof", nodeDimensionsIncludeLabels: true,
    idealEdgeLength: () => (narrow ? 60 : 110), nodeRepulsion: () => (narrow ? 15000 : 60000), gravity: 0.1, numIter: 4000,
  };
  const pieces = cy.elements().components().sort((one, other) => other.nodes().length - one.nodes().length);
  for (const piece of pieces) piece.layout(options as cytoscape.LayoutOptions).run();
  if (pieces.length < 2) return;
  const boxes = pieces.map((piece) => piece.boundingBox({ includeLabels: true }));
  const widths = boxes.map((_, at) => boxes.slice(0, at + 1).reduce((sum, { w }) => sum + w + GAP, 0));
  const tried = widths.map((width) => shelve(boxes, width));
  const scale = ({ w, h }: Shelves) => Math.min(cy.width() / w, cy.height() / h);
  const best = tried.reduce((one, other) => (scale(other) > scale(one) ? other : one));
  pieces.forEach((piece, at) => {
    const [{ x1, y1 }, { x, y }] = [boxes[at] ?? { x1: 0, y1: 0 }, best.places[at] ?? { x: 0, y: 0 }];
    piece.nodes().positions((node) => ({ x: node.position("x") - x1 + x, y: node.position("y") - y1 + y }));
  });
}

/** Make a drawing narrower and taller, as far as its names bear it, where it would not fit with names that can be read. */
function stand(cy: Core): void {
  const box = cy.elements().boundingBox({ includeLabels: true });
  const room = (side: number, drawn: number) => ((side - 2 * NEAR) * NAME) / LEAST_NAME / drawn;
  const across = Math.min(Math.max(room(cy.width(), box.w), 0.7), 1);
  const down = Math.max(Math.min(room(cy.height(), box.h), 1.5), 1);
  cy.nodes().positions((node) => ({ x: node.position("x") * across, y: node.position("y") * down }));
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
  const picture = await cy.png({ output: "blob-promise", full: true, scale: 2, bg: ground, maxWidth: 6000, maxHeight: 6000 });
  const link = make("a");
  link.href = URL.createObjectURL(picture);
  link.download = `${location.pathname.split("/").filter(Boolean).join("-")}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** The list of links that the keyboard goes through: Tab in its order, arrows to what is next in that direction. */
function names(cy: Core): HTMLElement {
  const list = make("ul", "network-names hidden");
  const links = new Map<string, HTMLAnchorElement>();
  cy.nodes("[url]").forEach((node) => {
    const link = make("a", "", node.data("label") as string);
    link.href = node.data("url") as string;
    link.addEventListener("focus", () => {
      node.addClass("focused");
      const box = node.renderedBoundingBox();
      const out = box.x1 < 0 || box.y1 < 0 || box.x2 > cy.width() || box.y2 > cy.height();
      if (out) cy.animate({ center: { eles: node }, duration: still ? 0 : 150 });
    });
    link.addEventListener("blur", () => node.removeClass("focused"));
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

/** The looks of nodes and edges, in the colours that hold now. */
function looks(figure: HTMLElement, narrow: boolean): cytoscape.StylesheetJson {
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
        label: "data(label)", shape: "data(shape)" as cytoscape.Css.NodeShape, width: 20, height: 20, "background-color": colour("kind-other"),
        color: colour("ink"), "font-family": own.fontFamily, "font-size": NAME, "text-wrap": "wrap", "text-max-width": narrow ? "88px" : "120px",
        "text-valign": "bottom", "text-margin-y": 4, "text-outline-color": colour("paper"), "text-outline-width": 2, "min-zoomed-font-size": LEAST_NAME - 1,
      },
    },
    { selector: "edge", style: { width: 1.5, "line-color": colour("edge"), "curve-style": "bezier", opacity: 0.7 } },
    ...kinds,
    { selector: ".centre", style: { width: 36, height: 36, "font-size": 15, "font-weight": "bold", "border-width": 3, "border-color": colour("ink") } },
    { selector: ".focused", style: { "border-width": 4, "border-color": colour("focus") } },
  ] as cytoscape.StylesheetJson;
}
