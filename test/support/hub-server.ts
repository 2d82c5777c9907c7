// A Hub on this machine: revisions, trees and files as the Hugging Face Hub serves them, and ways to misbehave.

import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface HubServer {
  readonly endpoint: string;
  /** "GET path", and the range where one was asked for; in order. */
  readonly asked: string[];
  /** How the next answers to a path that ends so go wrong, one after the other. */
  readonly trouble: Map<string, Trouble[]>;
  close(): Promise<void>;
}

/** `cut`: the connection breaks after so many bytes. `wrong`: other bytes. `whole`: a range is ignored. A number is a status, `code` the
 * Hub's word beside one. */
export type Trouble =
  { readonly cut: number } | { readonly status: number; readonly code: string } | "wrong" | "whole" | number;

/** Path → content by revision; large ones are served as Git LFS does, by a redirect. */
export type Repositories = Readonly<
  Record<string, Readonly<Record<string, Readonly<Record<string, Uint8Array>>>>>
>;

/** The commit that the server names for a revision. */
export function commitOf(revision: string): string {
  return createHash("sha1").update(revision).digest("hex");
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** `repositories` is keyed by "models/owner/name" and "datasets/owner/name". A `token` makes all of it private. */
export async function startHub(repositories: Repositories, token?: string): Promise<HubServer> {
  const asked: string[] = [];
  const trouble = new Map<string, Trouble[]>();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const { range, authorization } = request.headers;
    asked.push(`${request.method} ${pathname}${range === undefined ? "" : ` ${range}`}`);
    const [, wrong] = [...trouble].find(([end]) => pathname.endsWith(end)) ?? [];
    const now = wrong?.shift();
    if (token !== undefined && authorization !== `Bearer ${token}`) return refuse(response, 401);
    if (typeof now === "number") return refuse(response, now);
    if (typeof now === "object" && "status" in now) return refuse(response, now.status, now.code);
    answer(decodeURIComponent(pathname), repositories, request, response, now);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { endpoint, asked, trouble, close: () => closed(server) };
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

function refuse(response: ServerResponse, status: number, code?: string): void {
  response.writeHead(status, code === undefined ? {} : { "x-error-code": code }).end("{}");
}

function answer(
  pathname: string,
  repositories: Repositories,
  request: IncomingMessage,
  response: ServerResponse,
  trouble: Trouble | undefined,
): void {
  const lfs = /^\/lfs\/(.+)$/.exec(pathname)?.[1];
  if (lfs !== undefined) {
    const all = Object.values(repositories).flatMap(Object.values).flatMap(Object.values);
    const content = all.find((each) => sha256Of(each) === lfs);
    return content ? send(content, request, response, trouble) : refuse(response, 404);
  }
  const api = /^\/api\/((?:models|datasets)\/[^/]+\/[^/]+)\/(revision|tree)\/(.+)$/.exec(pathname);
  if (api) {
    const [, name = "", what, revision = ""] = api;
    const revisions = repositories[name] ?? {};
    if (what === "revision")
      return Object.hasOwn(revisions, revision)
        ? json(response, { sha: commitOf(revision) })
        : refuse(response, 404, name in repositories ? "RevisionNotFound" : "RepoNotFound");
    return json(response, Object.entries(contentAt(revisions, revision)).map(treeEntry));
  }
  const file = /^\/(datasets\/)?([^/]+\/[^/]+)\/resolve\/([0-9a-f]{40})\/(.+)$/.exec(pathname);
  const [, kind, id = "", commit = "", path = ""] = file ?? [];
  const content = contentAt(repositories[`${kind ?? "models/"}${id}`] ?? {}, commit)[path];
  if (!content) return refuse(response, 404, "EntryNotFound");
  if (!isLarge(content)) return send(content, request, response, trouble);
  response
    .writeHead(302, { location: `/lfs/${sha256Of(content)}`, "x-linked-etag": sha256Of(content) })
    .end();
}

function contentAt(revisions: Repositories[string], commit: string): Readonly<Record<string, Uint8Array>> {
  return Object.entries(revisions).find(([revision]) => commitOf(revision) === commit)?.[1] ?? {};
}

function isLarge(content: Uint8Array): boolean {
  return content.length >= 1000;
}

function treeEntry([path, content]: readonly [string, Uint8Array]): object {
  const oid = createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
  const entry = { type: "file", path, size: content.length, oid };
  return isLarge(content) ? { ...entry, lfs: { oid: sha256Of(content), size: content.length } } : entry;
}

function json(response: ServerResponse, value: object): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
}

function send(
  content: Uint8Array,
  { headers }: IncomingMessage,
  response: ServerResponse,
  trouble: Trouble | undefined,
): void {
  const from = trouble === "whole" ? 0 : Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
  const sent = Uint8Array.from(content.subarray(from));
  if (trouble === "wrong") sent.fill(0);
  const range = from > 0 ? { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` } : {};
  response.writeHead(from > 0 ? 206 : 200, { "content-length": String(sent.length), ...range });
  if (typeof trouble !== "object" || "status" in trouble) return void response.end(sent);
  response.write(sent.subarray(0, trouble.cut), () => setTimeout(() => response.destroy(), 20));
}
