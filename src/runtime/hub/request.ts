// Requests to the Hub: refusals in words, everything that may pass tried again.

import { setTimeout } from "node:timers/promises";
import { messageOf, OperationalError } from "../operational-error.ts";
import type { HubSettings } from "./hub-settings.ts";

const mostTries = 5;

/** What the Hub does not have. */
export class NotThere extends OperationalError {}

/**
 * The Hub's answer, with a 200 or a 206. Throws an OperationalError, which `patiently` does not try again, for what is
 * not there (NotThere) or not allowed, and when `HF_HUB_OFFLINE` is set; any other Error for what may pass. `what` is named in both.
 */
export async function request(
  url: string,
  what: string,
  { token, offline, cache }: HubSettings,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  if (offline) {
    throw new OperationalError(
      `${what} is not in the Hugging Face cache (${cache}), and HF_HUB_OFFLINE forbids to fetch it`,
    );
  }
  // A compressed answer could not be taken up again in its midst.
  const sent = new Headers({ "accept-encoding": "identity", ...headers });
  if (token !== undefined) sent.set("authorization", `Bearer ${token}`); // fetch keeps it from other hosts
  const response = await fetch(url, { headers: sent });
  if (response.status === 200 || response.status === 206) return response;
  await response.body?.cancel();
  const answer = `the Hub answers ${response.status} to ${url}`;
  const refused = refusalOf(response.status, response.headers.get("x-error-code") ?? "", token);
  if (refused === undefined) throw new Error(answer);
  const message = `${what}: ${refused} (${answer})`;
  throw response.status === 404 ? new NotThere(message) : new OperationalError(message);
}

/** What a status and the Hub's `X-Error-Code` mean; undefined for what may pass. */
function refusalOf(status: number, code: string, token: string | undefined): string | undefined {
  if (code === "GatedRepo") {
    return token === undefined
      ? "it is gated: accept its conditions on its page, and set HF_TOKEN"
      : "it is gated: the account of HF_TOKEN has not accepted its conditions, or was not let in yet";
  }
  if (status === 401 || status === 403) {
    return token === undefined
      ? "it does not exist, or it is private or gated and needs HF_TOKEN"
      : "it does not exist, or HF_TOKEN may not read it";
  }
  if (status !== 404) return undefined;
  if (code === "RevisionNotFound") return "the repository has no such revision";
  if (code === "EntryNotFound") return "the repository has no such file";
  return "the Hub has no such repository";
}

/**
 * Does `action` until it succeeds, at most five times in a row without `progress` having grown. Throws an
 * OperationalError after that.
 */
export async function patiently<T>(
  what: string,
  { retryMilliseconds, endpoint }: HubSettings,
  action: () => Promise<T>,
  progress: () => number = () => 0,
): Promise<T> {
  let failures = 0;
  for (;;) {
    const before = progress();
    try {
      return await action();
    } catch (error) {
      if (error instanceof OperationalError) throw error;
      failures = progress() > before ? 1 : failures + 1;
      if (failures === mostTries) {
        throw new OperationalError(`${what} cannot be fetched from ${endpoint}: ${reasonOf(error)}`);
      }
      await setTimeout(retryMilliseconds * failures);
    }
  }
}

/** fetch says "fetch failed"; why stands in the error's cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && cause.message !== "" ? cause.message : messageOf(error);
}
