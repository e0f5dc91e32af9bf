// The HTTP end of the UiAutomator2 server on the phone (port 6790 there), in front of what the app shows.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { PostingApp } from "./app/posting-app.ts";
import { HEIGHT, NODE_HEIGHT, type UiNode, visibleNodes, WIDTH } from "./app/screens.ts";
import { attributesOf, rectOf, sourceOf } from "./hierarchy.ts";
import { BadLocator, locate } from "./locate.ts";

type Answer = { status: number; value: unknown };
type Body = Record<string, unknown>;

const ok = (value: unknown = null): Answer => ({ status: 200, value });
const fault = (status: number, error: string, message: string): Answer => {
  return { status, value: { error, message, stacktrace: "" } };
};
const ELEMENT_KEY = "element-6066-11e4-a52e-4f735466cecf";
/** One black pixel. */
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const FIXED: Record<string, unknown> = {
  "/status": { ready: true, message: "UiAutomator2 Server is ready to accept commands" },
  "/appium/device/info": {
    androidId: "simulated",
    manufacturer: "Reprise",
    model: "SimPhone",
    brand: "Reprise",
    apiVersion: "34",
    platformVersion: "14",
    realDisplaySize: `${WIDTH}x${HEIGHT}`,
    displayDensity: 440,
    networks: [],
    locale: "en_US",
    timeZone: "UTC",
  },
  "/appium/device/display_density": 440,
  "/appium/device/pixel_ratio": 2.75,
  "/appium/device/system_bars": { statusBar: 80 },
  "/window/current/size": { x: 0, y: 0, width: WIDTH, height: HEIGHT },
  "/window/rect": { x: 0, y: 0, width: WIDTH, height: HEIGHT },
  "/orientation": "PORTRAIT",
  "/screenshot": PNG,
  "/timeouts": null,
  "/appium/settings": {},
};

/** Runs only while it is instrumented; its elements are forgotten when it ends. */
export class UiAutomatorServer {
  #app: PostingApp;
  #server = createServer((request, response) => void this.#serve(request, response));
  #connections = new Set<Duplex>();
  #elements = new Map<string, string>();
  #nextElement = 1;
  #session = "";
  isUp = false;
  /** Requests answered since the phone was made. */
  requests = 0;

  constructor(app: PostingApp) {
    this.#app = app;
  }

  up(): void {
    this.isUp = true;
  }

  down(): void {
    this.isUp = false;
    this.#elements.clear();
    for (const connection of this.#connections) connection.destroy();
  }

  connect(duplex: Duplex): void {
    this.#connections.add(duplex);
    duplex.on("close", () => this.#connections.delete(duplex));
    this.#server.emit("connection", duplex);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    try {
      for await (const part of request) parts.push(part as Buffer);
    } catch {
      return; // cut while asking: nobody waits for the answer
    }
    this.requests++;
    const { status, value } = this.#answer(request.method ?? "GET", request.url ?? "/", bodyOf(parts));
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify({ sessionId: this.#session || null, value }));
  }

  #answer(method: string, url: string, body: Body): Answer {
    const path = url.replace(/^\/wd\/hub/, "").replace(/^\/session\/[^/]+/, "");
    if (path === "/session") {
      this.#session = "on-the-phone";
      return ok({ sessionId: this.#session, capabilities: { platformName: "Android" } });
    }
    if (path === "" && method === "DELETE") return ok();
    if (path in FIXED) return ok(FIXED[path]);
    if (path === "/source") return ok(sourceOf(this.#nodes()));
    if (path === "/element" || path === "/elements") return this.#find(path === "/elements", body);
    if (path === "/back") return ok(this.#app.back());
    if (path === "/actions") return ok(this.#pointer(body));
    if (path === "/appium/device/press_keycode") return ok(body.keycode === 4 ? this.#app.back() : null);
    const element = /^\/element\/([^/]+)\/(.+)$/.exec(path);
    if (element !== null) return this.#element(element[1] ?? "", element[2] ?? "", body);
    return fault(404, "unknown command", `the simulated phone does not answer ${method} ${path}`);
  }

  #nodes(): UiNode[] {
    return visibleNodes(this.#app);
  }

  #find(all: boolean, body: Body): Answer {
    const strategy = String(body.strategy ?? body.using);
    const selector = String(body.selector ?? body.value);
    try {
      const found = locate(this.#nodes(), strategy, selector).map((node) => this.#handle(node));
      if (all) return ok(found);
      const [first] = found;
      const missing = "An element could not be located on the page using the given search parameters";
      return first === undefined ? fault(404, "no such element", missing) : ok(first);
    } catch (e) {
      if (e instanceof BadLocator) return fault(400, "invalid selector", e.message);
      throw e;
    }
  }

  #handle(node: UiNode): Record<string, string> {
    const id = `00000000-0000-0000-0000-${String(this.#nextElement++).padStart(12, "0")}`;
    this.#elements.set(id, node.key);
    return { ELEMENT: id, [ELEMENT_KEY]: id };
  }

  #element(id: string, what: string, body: Body): Answer {
    const key = this.#elements.get(id);
    const node = this.#nodes().find((candidate) => candidate.key === key);
    if (node === undefined) {
      return fault(404, "stale element reference", `The element ${id} is not present in the current view anymore`);
    }
    const attributes = attributesOf(node);
    if (what === "click") return ok(this.#tap(node));
    if (what === "clear") return ok(this.#app.clear());
    if (what === "value") return ok(this.#write(body));
    if (what === "text") return ok(node.text);
    if (what === "name") return ok(node.cls);
    if (what === "displayed" || what === "enabled") return ok(true);
    if (what === "rect") return ok(rectOf(node));
    if (what === "screenshot") return ok(PNG);
    if (what.startsWith("attribute/")) return ok(attributes[what.slice("attribute/".length)] ?? null);
    return fault(404, "unknown command", `the simulated phone does not answer ${what} of an element`);
  }

  #tap(node: UiNode): void {
    if (node.tap !== null) this.#app.tap(node.tap);
  }

  #write(body: Body): void {
    const { text, value } = body;
    if (body.replace === true) this.#app.clear();
    this.#app.write(typeof text === "string" ? text : Array.isArray(value) ? value.join("") : "");
  }

  /** Only a plain touch is understood: the first point that is pressed. */
  #pointer(body: Body): void {
    const sources = Array.isArray(body.actions) ? (body.actions as { actions?: Body[] }[]) : [];
    const move = sources.flatMap((source) => source.actions ?? []).find((action) => action.type === "pointerMove");
    const y = Number(move?.y ?? Number.NaN);
    const node = this.#nodes().find((candidate) => y >= candidate.y && y < candidate.y + NODE_HEIGHT);
    if (node !== undefined) this.#tap(node);
  }
}

function bodyOf(parts: Buffer[]): Body {
  if (parts.length === 0) return {};
  try {
    return JSON.parse(Buffer.concat(parts).toString("utf8")) as Body;
  } catch {
    return {}; // no JSON: a request without parameters
  }
}
