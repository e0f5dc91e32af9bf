// A stand-in for DeviceFarmer's (STF's) API: reserve, remoteConnect, release, with its statuses and words, as its source has them
// (DeviceFarmer/stf at c7b928f7: api_v1.yaml, controllers/user.js). Users are told apart by token.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** What is behind a phone once remoteConnect was asked for. Ports are on 127.0.0.1. */
type FarmBody = { open(): Promise<number>; close(): Promise<void> };
export type FarmPhone = {
  serial: string;
  model: string;
  present: boolean;
  ready: boolean;
  /** E-mail of whoever has it; `null`: free. */
  owner: string | null;
  /** The owner's remoteConnect. */
  isConnected: boolean;
  /** Takes no answer in its time: 504. */
  isMute: boolean;
  body: FarmBody | null;
};

export type FarmLogEntry =
  | { at: "request"; call: string; status: number }
  | { at: "reserved" | "released"; serial: string; by: string };

type Reply = { status: number; body: Record<string, unknown> };
const ROUTE = /^\/api\/v1(\/devices|\/user\/devices)(?:\/([^/?]+))?(\/remoteConnect)?(?:[?].*)?$/;

export class StfServer {
  readonly phones = new Map<string, FarmPhone>();
  /** E-mail by token. */
  readonly users = new Map([["stand-in-token", "fleet@farm.invalid"]]);
  readonly log: FarmLogEntry[] = [];
  /** Answers nothing but 500 while set. */
  isDown = false;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => void this.#take(request, response));
  }

  /** Resolves with its address. 127.0.0.1 alone. */
  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the stand-in's port has no number");
    return `http://127.0.0.1:${address.port}`;
  }

  addPhone(serial: string, phone: Partial<FarmPhone> = {}): FarmPhone {
    const plain = { model: "SimPhone", present: true, ready: true, owner: null, isConnected: false, isMute: false };
    const made: FarmPhone = { serial, ...plain, body: null, ...phone };
    this.phones.set(serial, made);
    return made;
  }

  /** Serials that somebody has. */
  held(): string[] {
    return [...this.phones.values()].filter(({ owner }) => owner !== null).map(({ serial }) => serial);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await Promise.all([...this.phones.values()].map(({ body }) => body?.close()));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, body } = await this.#answer(request);
    this.log.push({ at: "request", call: `${request.method} ${request.url?.split("?")[0]}`, status });
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify({ success: status === 200, ...body }));
  }

  async #answer(request: IncomingMessage): Promise<Reply> {
    if (this.isDown) return refuse(500, "Internal Server Error");
    const user = this.users.get(/^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "");
    if (user === undefined) return refuse(401, "Bad Credentials");
    const [, room, inPath, remote] = ROUTE.exec(request.url ?? "") ?? [];
    const asked = await bodyOf(request);
    const serial = inPath === undefined ? asked.serial : decodeURIComponent(inPath);
    const call = `${request.method} ${room}${inPath === undefined ? "" : "/:serial"}${remote ?? ""}`;
    if (call === "GET /devices") return ok({ devices: this.#shown(user, () => true) });
    if (call === "GET /user/devices") return ok({ devices: this.#shown(user, ({ owner }) => owner === user) });
    const phone = this.phones.get(String(serial));
    if (phone === undefined) return refuse(404, "Device not found");
    if (phone.isMute) return refuse(504, "Device is not responding");
    return this.#act(call, phone, user);
  }

  async #act(call: string, phone: FarmPhone, user: string): Promise<Reply> {
    const isMine = phone.owner === user;
    switch (call) {
      case "POST /user/devices": {
        if (!phone.present || !phone.ready || phone.owner !== null) {
          return refuse(403, "Device is being used or not available");
        }
        phone.owner = user;
        this.log.push({ at: "reserved", serial: phone.serial, by: user });
        return ok({ description: "Device successfully added" });
      }
      case "POST /user/devices/:serial/remoteConnect": {
        if (!isMine) return refuse(403, "Device is not owned by you or is not available");
        const port = (await phone.body?.open()) ?? 1;
        phone.isConnected = true;
        const remoteConnectUrl = `127.0.0.1:${port}`;
        return ok({ description: "Remote connection is enabled", remoteConnectUrl, serial: phone.serial });
      }
      case "DELETE /user/devices/:serial/remoteConnect": {
        if (!isMine) return refuse(403, "Device is not owned by you or is not available");
        await this.#cut(phone);
        return ok({ description: "Device remote disconnected successfully" });
      }
      case "DELETE /user/devices/:serial": {
        if (!isMine) return refuse(403, "You cannot release this device. Not owned by you");
        await this.#cut(phone);
        phone.owner = null;
        this.log.push({ at: "released", serial: phone.serial, by: user });
        return ok({ description: "Device successfully removed" });
      }
      default:
        return refuse(404, "Not Found");
    }
  }

  async #cut(phone: FarmPhone): Promise<void> {
    if (!phone.isConnected) return;
    phone.isConnected = false;
    await phone.body?.close();
  }

  #shown(user: string, isShown: (phone: FarmPhone) => boolean) {
    return [...this.phones.values()].filter(isShown).map(({ serial, model, present, ready, owner }) => {
      return { serial, model, present, ready, using: owner === user, owner: owner === null ? null : { email: owner } };
    });
  }
}

const ok = (body: Record<string, unknown>): Reply => ({ status: 200, body });
const refuse = (status: number, description: string): Reply => ({ status, body: { description } });

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
    return JSON.parse(Buffer.concat(chunks).toString("utf8") || "{}") as Record<string, unknown>;
  } catch {
    return {}; // cut off, or no JSON: it names no phone then
  }
}
